import { inject } from 'vitest';
import { testHistoryKills } from '../support/durability/kill-histories.ts';

const postgresUrl = inject('postgresUrl');

testHistoryKills('PostgreSQL and a directory', { postgresUrl });
for (const s3 of inject('s3Servers').filter(({ faithful }) => faithful)) {
  testHistoryKills(`PostgreSQL and ${s3.name}`, { postgresUrl, s3 });
}
