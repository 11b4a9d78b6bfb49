import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runScript, spawnGateway } from '../support/acceptance/process.ts';
import { openIssuer } from '../support/servers/issuer.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import type { S3Server } from '../support/servers/s3.setup.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const LOOKS = ['database', 'store', 'store label', 'keys', 'disk', 'clock', 'public address'];
const ask = (env: NodeJS.ProcessEnv) => runScript(['src/commands/doctor.ts'], { DATA_DIR: dataDir, ...env });

/** What each look found, by its name. */
function read(stdout: string): { readonly [what: string]: string } {
  const lines = [...stdout.matchAll(/^(ok {4}|WRONG )([a-z ]+): (.+)$/gm)];
  return Object.fromEntries(lines.map(([, verdict, what, found]) => [what, `${verdict?.trim()}: ${found}`]));
}

function toEnvironment({ endpoint, accessKeyId, secretAccessKey }: S3Server) {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    S3_FORCE_PATH_STYLE: 'true',
    S3_BUCKET: `test-${randomUUID()}`,
  };
}

test('the doctor looks at everything and finds a fresh deployment well', async () => {
  const { code, stdout } = await ask({});
  expect(Object.keys(read(stdout))).toEqual(LOOKS);
  for (const found of Object.values(read(stdout))) expect(found).toMatch(/^ok: /);
  expect(read(stdout)['store label']).toContain('none yet');
  expect(stdout).toMatch(/^\d+ attacks tried, 0 would be let through$/m);
  expect(code).toBe(0);
});

test('the doctor names each thing that is wrong, and goes on to the next', async () => {
  const nowhere = 'http://127.0.0.1:1';
  const { code, stdout } = await ask({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    AUTH_JWKS_URL: nowhere,
    AUTH_ISSUER: 'a',
    AUTH_AUDIENCE: 'b',
    PUBLIC_URL: nowhere,
  });
  const found = read(stdout);
  for (const what of ['database', 'store label', 'keys', 'clock', 'public address'])
    expect(found[what]).toMatch(/^WRONG: /);
  expect(found.store).toMatch(/^ok: /);
  expect(code).toBe(1);
});

describe.each(inject('s3Servers').filter(({ faithful }) => faithful))(
  'on $name, with PostgreSQL and an issuer',
  (s3) => {
    test('the doctor finds a gateway well, and its store the own one of its database, before and while it serves', async () => {
      await using issuer = await openIssuer();
      await using database = await createDatabase(inject('postgresUrl'));
      const env = {
        ...toEnvironment(s3),
        DATABASE_URL: database.url,
        AUTH_JWKS_URL: issuer.jwksUrl.href,
        AUTH_ISSUER: issuer.url,
        AUTH_AUDIENCE: issuer.audience,
      };
      // It makes the bucket, as a gateway would that is not in production.
      const before = await ask(env);
      expect(Object.values(read(before.stdout)).filter((found) => !found.startsWith('ok: '))).toEqual([]);
      expect(read(before.stdout)['store label']).toContain('none yet');

      await using gateway = await spawnGateway({ env });
      const { code, stdout } = await ask({ ...env, PUBLIC_URL: gateway.url });
      const found = read(stdout);
      expect(found.store).toBe(`ok: bucket ${env.S3_BUCKET}, written and read back`);
      expect(found['store label']).toBe(`ok: the S3 bucket ${env.S3_BUCKET} is this database's own`);
      expect(found.keys).toMatch(/^ok: \d+ at http/);
      expect(found.clock).toMatch(/^ok: -?\d s beside the issuer's$/);
      expect(found['public address']).toBe(`ok: ${gateway.url} is reached`);
      expect(code).toBe(0);
    });

    test('the doctor names a bucket of another database, an issuer that is away, and a bucket that it may not use', async () => {
      await using issuer = await openIssuer();
      await using database = await createDatabase(inject('postgresUrl'));
      await using other = await createDatabase(inject('postgresUrl'));
      const env = {
        ...toEnvironment(s3),
        AUTH_JWKS_URL: issuer.jwksUrl.href,
        AUTH_ISSUER: issuer.url,
        AUTH_AUDIENCE: issuer.audience,
      };
      {
        await using gateway = await spawnGateway({ env: { ...env, DATABASE_URL: other.url } });
        expect(await gateway.stop()).toBe(0);
      }
      issuer.interrupt();
      const foreign = await ask({ ...env, DATABASE_URL: database.url });
      expect(read(foreign.stdout)['store label']).toContain('holds the blobs of another database');
      expect(read(foreign.stdout).keys).toMatch(/^WRONG: .* answers 503$/);
      expect(foreign.code).toBe(1);

      const denied = await ask({ ...env, DATABASE_URL: database.url, AWS_SECRET_ACCESS_KEY: 'wrong' });
      expect(read(denied.stdout).store).toMatch(/^WRONG: cannot keep blobs in S3: the credentials are not accepted/);
      expect(read(denied.stdout).database).toMatch(/^ok: /);
    });
  },
);
