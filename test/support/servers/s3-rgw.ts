// Ceph RGW on one machine, in memory: the real S3 of the tests. It says why when this machine does not have it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { S3Server } from './s3.setup.ts';
import { endWithParent, report } from './s3-lifetime.ts';
import { createRgwConfig } from './s3-rgw-config.ts';

const TOOLS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'ceph-authtool', 'monmaptool'];
const READY_TIMEOUT_MS = 30_000;
const accessKeyId = 'TESTACCESS';
const secretAccessKey = 'TESTSECRET0123456789';

const runFile = promisify(execFile);
const daemons: ChildProcess[] = [];

async function isInstalled(tool: string): Promise<boolean> {
  return runFile('sh', ['-c', `command -v ${tool}`]).then(
    () => true,
    () => false,
  );
}

async function takeFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function startRgw(directory: string): Promise<S3Server> {
  const [port = 0, monitorPort = 0, oldMonitorPort = 0] = await takeFreePorts(3);
  const fsid = randomUUID();
  const osd = randomUUID();
  const config = join(directory, 'ceph.conf');
  const keyring = join(directory, 'keyring');
  const monmap = join(directory, 'monmap');
  const monitors = `[v2:127.0.0.1:${monitorPort},v1:127.0.0.1:${oldMonitorPort}]`;
  const run = (tool: string, args: string[]) => runFile(tool, args, { timeout: READY_TIMEOUT_MS });
  const startDaemon = (tool: string, args: string[]): void => {
    daemons.push(spawn(tool, ['-f', '-c', config, ...args], { stdio: 'ignore' }));
  };

  await Promise.all(['mon', 'osd', 'rgw', 'out'].map((name) => mkdir(join(directory, name))));
  await writeFile(config, createRgwConfig({ directory, fsid, monitors, port }));
  await run('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  const newKey = [keyring, '--gen-key', '-n'];
  await run('ceph-authtool', [...newKey, 'client.admin', '--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *']);
  await run('ceph-authtool', [...newKey, 'client.rgw', '--cap', 'mon', 'allow rw', '--cap', 'osd', 'allow rwx']);
  await run('monmaptool', ['--create', '--addv', 'a', monitors, '--fsid', fsid, monmap]);
  await run('ceph-mon', ['-c', config, '--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', keyring]);
  startDaemon('ceph-mon', ['-i', 'a']);
  await run('ceph', ['-c', config, '--connect-timeout', '20', 'osd', 'new', osd]);
  await run('ceph-osd', ['-c', config, '-i', '0', '--mkfs', '--osd-uuid', osd]);
  startDaemon('ceph-osd', ['-i', '0']);
  const user = ['--uid=test', '--display-name=test', `--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await run('radosgw-admin', ['-c', config, 'user', 'create', ...user]);
  startDaemon('radosgw', ['-n', 'client.rgw', '--rgw-data', join(directory, 'rgw')]);

  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (
    !(await fetch(endpoint)
      .then(({ ok }) => ok)
      .catch(() => false))
  ) {
    if (Date.now() > deadline) throw new Error('radosgw did not answer in time');
    await pause(100);
  }
  return { name: 'Ceph RGW', endpoint, accessKeyId, secretAccessKey, faithful: true };
}

async function stopDaemons(): Promise<void> {
  // Everything is in memory, so there is nothing to save and no reason to wait for an orderly end.
  const running = daemons.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const exits = running.map((daemon) => once(daemon, 'exit'));
  for (const daemon of running) daemon.kill('SIGKILL');
  await Promise.all(exits);
}

const missing = (await Promise.all(TOOLS.map(async (tool) => ((await isInstalled(tool)) ? [] : [tool])))).flat();
if (missing.length > 0) {
  report({ skip: `${missing.join(', ')} not installed` });
} else {
  const directory = await mkdtemp(join(tmpdir(), 'rgw-'));
  const stop = async (): Promise<void> => {
    await stopDaemons();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  endWithParent(stop);
  try {
    report(await startRgw(directory));
  } catch (thrown) {
    await stop();
    report({ skip: thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown) });
  }
}
