import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/servers/postgres.setup.ts', 'test/servers/s3.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
