import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** The ones Node itself resolves by: a package must not come in twice, once for the tests and once for its dependents. */
const NODE_CONDITIONS = ['node', 'module-sync'];

export default defineConfig({
  ssr: { resolve: { conditions: NODE_CONDITIONS, externalConditions: NODE_CONDITIONS } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: [
      'test/support/tools.setup.ts',
      'test/support/servers/postgres.setup.ts',
      'test/support/servers/s3.setup.ts',
      'test/support/console/build.setup.ts',
    ],
    // Most files wait for a process or a server: with one worker less than cores, a machine of two would idle.
    maxWorkers: Math.max(2, availableParallelism()),
    coverage: {
      provider: 'custom',
      customProviderModule: './tools/coverage/provider.js',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes soon, on a machine that has nothing else to do.
    expect: { poll: { timeout: 10_000 } },
  },
});
