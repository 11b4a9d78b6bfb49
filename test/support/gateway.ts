// A whole gateway inside the test's process, on a free port, with its own data directory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApp } from '../../src/app.ts';
import { openDevelopmentKey } from '../../src/auth/development-key.ts';
import { signDevelopmentToken } from '../../src/auth/development-token.ts';
import { loadConfig } from '../../src/config.ts';

const ALL_SCOPES = 'resources:read resources:write resources:delete webhooks:manage';

export type TokenClaims = { account?: string; subject?: string | null; scope?: string };

export type Gateway = AsyncDisposable & {
  readonly url: string;
  readonly dataDir: string;
  token(claims?: TokenClaims): Promise<string>;
};

/**
 * Starts one; `env` is added to an otherwise empty environment. Disposing it stops it and removes its data, unless they lie
 * in a `DATA_DIR` that was given: that of another gateway on the same database, for example.
 */
export async function startGateway(env: NodeJS.ProcessEnv = {}): Promise<Gateway> {
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'gateway-')));
  const config = loadConfig({ LOG_LEVEL: 'silent', PORT: '0', ...env, DATA_DIR: dataDir });
  const app = await openApp(config);
  const url = await app.listen();
  return {
    url,
    dataDir,
    async token({ account = 'acme', subject = 'alice', scope = ALL_SCOPES } = {}) {
      const key = await openDevelopmentKey(dataDir);
      return await signDevelopmentToken(key, { ...config.auth, account, subject, scope, ttlSeconds: 3600 });
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
