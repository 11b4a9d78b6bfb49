// s3rver, a small S3 in npm: always there, but it checks no signature and cannot abort or list multipart uploads.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { S3Server } from './s3.setup.ts';
import { endWithParent, report } from './s3-lifetime.ts';

type S3rver = new (options: object) => { run(): Promise<{ port: number }> };

// It is CommonJS without types. Old as it is, it needs --openssl-legacy-provider.
const S3rver = createRequire(resolve(import.meta.dirname, '../../../tools/suite/package.json'))('s3rver') as S3rver;
const directory = await mkdtemp(join(tmpdir(), 's3rver-'));
endWithParent(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));

const { port } = await new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory }).run();
report({
  name: 's3rver',
  endpoint: `http://127.0.0.1:${port}`,
  accessKeyId: 'S3RVER',
  secretAccessKey: 'S3RVER',
  faithful: false,
} satisfies S3Server);
