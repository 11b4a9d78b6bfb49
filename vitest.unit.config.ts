import { mergeConfig } from 'vitest/config';
import { unitTestFiles } from './test/support/unit-tests.ts';
import config from './vitest.config.ts';

/** `npm run test:unit`: what needs no database, no store and no process, in seconds. */
export default mergeConfig(
  { ...config, test: { ...config.test, globalSetup: [], include: [] } },
  { test: { include: unitTestFiles(), isolate: false } },
);
