// The tables of the log: its events, where it stands, and marks of time in it.
import { defineEntity, p } from '@mikro-orm/core';
import { BYTE_ORDER } from './blob.ts';

/**
 * What has happened, in the order of (era, xid, id); see docs/decisions/0012. Its table is its migration's alone: it is
 * partitioned by slots of some days, so that what is old is dropped and not deleted.
 */
export const EventEntity = defineEntity({
  name: 'Event',
  tableName: 'events',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    /** Which history of the database the xid belongs to; a restored dump begins another. */
    era: p.smallint().primary().default(0),
    xid: p.bigint().columnType('xid8').primary().defaultRaw('event_stamp()'),
    id: p.bigint().primary().autoincrement(),
    slot: p.smallint().primary().defaultRaw('event_slot()'),
    type: p.text().collation(BYTE_ORDER),
    /** The resource; null for a directory. */
    subject: p.uuid().nullable(),
    directoryPath: p.text().collation(BYTE_ORDER),
    /** The other one, when two directories are concerned. */
    otherPath: p.text().collation(BYTE_ORDER).nullable(),
    /** The rest of what it tells; see `ResourceData`. */
    data: p.json().columnType('json'),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});

/** Where the log stands: one row. */
export const EventLogEntity = defineEntity({
  name: 'EventLog',
  tableName: 'event_log',
  properties: {
    name: p.text().primary(),
    /** Part of every cursor that is given out; another one refuses those. */
    epoch: p.text(),
    era: p.smallint(),
    timeline: p.text(),
    /** The transaction that wrote this row; when it is not, the row was copied from another database. */
    writtenBy: p.bigint().columnType('xid8'),
    /** Up to here events have been dropped. */
    droppedEra: p.smallint(),
    droppedXid: p.bigint().columnType('xid8'),
  },
});

/** Which xid was the next one when: by them the end of a slot is known without a look into it. */
export const EventMarkEntity = defineEntity({
  name: 'EventMark',
  tableName: 'event_marks',
  properties: {
    seenAt: p.datetime(3).primary(),
    era: p.smallint(),
    xid: p.bigint().columnType('xid8'),
  },
});
