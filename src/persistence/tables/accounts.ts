// The tables of accounts: what each uses and may use, and what of that is leased.
import { defineEntity, p } from '@mikro-orm/core';
import { BYTE_ORDER } from './blob.ts';

/**
 * What an account uses: the sum of its rows, each of which may be negative. Triggers on the tables that are counted write it,
 * see the migration; here it is only read and corrected.
 */
export const AccountUsageEntity = defineEntity({
  name: 'AccountUsage',
  tableName: 'account_usage',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    slot: p.smallint().primary(),
    resources: p.bigint('number').defaultRaw('0'),
    bytes: p.bigint('number').defaultRaw('0'),
    /** For uploads that have not ended. */
    reservedBytes: p.bigint('number').defaultRaw('0'),
    versionBytes: p.bigint('number').defaultRaw('0'),
    trashedResources: p.bigint('number').defaultRaw('0'),
    trashedBytes: p.bigint('number').defaultRaw('0'),
  },
});

/** What an account may use. Null: what all may; 2^53 - 1: as much as it likes. */
export const AccountQuotaEntity = defineEntity({
  name: 'AccountQuota',
  tableName: 'account_quotas',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    maxBytes: p.bigint('number').nullable(),
    maxResources: p.bigint('number').nullable(),
  },
});

/** What a process may still add to an account without asking; see the migration. */
export const AccountLeaseEntity = defineEntity({
  name: 'AccountLease',
  tableName: 'account_leases',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    id: p.uuid().primary(),
    bytes: p.bigint('number'),
    resources: p.bigint('number'),
  },
});

/** What an account has left of its rate points: the last window in which it asked anything. */
export const RateWindowEntity = defineEntity({
  name: 'RateWindow',
  tableName: 'rate_windows',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    endsAt: p.datetime(3),
    /** What gateways have taken of the window's points, and what the last of them got. */
    leased: p.integer(),
    granted: p.integer(),
  },
});
