import { inject } from 'vitest';
import { testKills } from './kill-suite.ts';

testKills('PostgreSQL and a directory', { postgresUrl: inject('postgresUrl') });
