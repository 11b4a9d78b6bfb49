// The baseline's two tables.
import { defineEntity, p } from '@mikro-orm/core';

export const NaiveTag = defineEntity({
  name: 'NaiveTag',
  tableName: 'resource_tags',
  properties: {
    id: p.uuid().primary(),
    resource: () => p.manyToOne(NaiveResource),
    position: p.integer(),
    tag: p.text(),
  },
  indexes: [{ properties: ['resource'] }],
});

export const NaiveResource = defineEntity({
  name: 'NaiveResource',
  tableName: 'resources',
  properties: {
    id: p.uuid().primary(),
    accountId: p.text(),
    directoryPath: p.text(),
    name: p.text(),
    mimeType: p.text(),
    sha256: p.text(),
    sizeBytes: p.bigint('number'),
    storageKey: p.text(),
    metadata: p.json().nullable(),
    createdBy: p.text().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    tags: () => p.oneToMany(NaiveTag).mappedBy('resource'),
  },
  uniques: [{ properties: ['accountId', 'directoryPath', 'name'] }],
});
