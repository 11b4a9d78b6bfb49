import { inject } from 'vitest';
import { testKills } from '../support/durability/kill-suite.ts';

testKills('PostgreSQL and a directory', { postgresUrl: inject('postgresUrl') });
