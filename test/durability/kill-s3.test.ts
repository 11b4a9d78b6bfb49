import { inject, test } from 'vitest';
import { testKills } from '../support/durability/kill-suite.ts';

const faithful = inject('s3Servers').filter((server) => server.faithful);

if (faithful.length === 0) test.skip('needs an S3 server that can list and abort multipart uploads');
for (const s3 of faithful) testKills(`PostgreSQL and ${s3.name}`, { postgresUrl: inject('postgresUrl'), s3 });
