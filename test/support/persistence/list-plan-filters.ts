// Each filter that is documented, once as rare values have it and once as common ones do.
import type { ResourceFilterInput } from '../../../src/domain/find/resource-filter.ts';

type Row = { readonly filter: ResourceFilterInput; readonly index: string };

/** One for each filter, so selective that walking through everything in order would be a waste. */
export const FILTERS: { readonly [says: string]: Row } = {
  'a directory': { filter: { directoryPath: '/d1/s1' }, index: 'resources_account_id_directory_path_name_unique' },
  'a directory and all below it': {
    filter: { directoryPath: '/d1/s1', recursive: true },
    index: 'resources_account_id_directory_path_name_unique',
  },
  'any of two tags': { filter: { tagsAny: ['tag-7', 'tag-8'] }, index: 'resource_tags_tag_index' },
  'all of two tags': { filter: { tagsAll: ['tag-77', 'common'] }, index: 'resource_tags_tag_index' },
  metadata: { filter: { metadata: { project: 'p8' } }, index: 'resources_metadata_index' },
  'a content': {
    filter: { sha256: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b' },
    index: 'blobs_account_id_sha256_unique',
  },
  'a type': { filter: { mimeType: 'audio/ogg' }, index: 'resources_mime_type_index' },
  'a kind of types': { filter: { mimeType: 'audio/*' }, index: 'resources_mime_type_index' },
  sizes: { filter: { minSizeBytes: 100, maxSizeBytes: 130 }, index: 'resources_size_bytes_index' },
  'times of creation': {
    filter: { createdFrom: new Date('2026-01-01T10:00:00Z'), createdBefore: new Date('2026-01-01T10:00:30Z') },
    index: 'resources_created_at_index',
  },
  'times of change': {
    filter: { updatedFrom: new Date('2026-02-01T10:00:00Z'), updatedBefore: new Date('2026-02-01T10:00:30Z') },
    index: 'resources_updated_at_index',
  },
  'a creator': { filter: { createdBy: 'user-17' }, index: 'resources_created_by_index' },
  'the beginning of a name': { filter: { namePrefix: 'file-12345' }, index: 'resources_name_index' },
};

/** As above, but so common that the page is found by walking in order. */
export const COMMON: { readonly [says: string]: ResourceFilterInput } = {
  nothing: {},
  'a common tag': { tagsAll: ['common'] },
  'a common type': { mimeType: 'image/png' },
  'a common kind of types': { mimeType: 'text/*' },
  'whatever has metadata': { metadata: {} },
  'common metadata': { metadata: { kind: 'k8' } },
  'a large directory': { directoryPath: '/d1', recursive: true },
  'half of the sizes': { minSizeBytes: 500_000 },
  'half of the time': { createdFrom: new Date('2026-01-02T03:00:00Z'), updatedFrom: new Date('2026-02-01T00:00:00Z') },
};
