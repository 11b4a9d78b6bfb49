// What is asked for when reads are measured, in each transport.
import type { Ask } from '../client/read-load.ts';

/** A page of a directory, newest first. */
export type PageOf = { readonly directory: string; readonly limit: number };

export const toRecordAsk = (id: string): Ask => ({ method: 'GET', path: `/v1/resources/${id}` });

export const toContentAsk = (id: string): Ask => ({ method: 'GET', path: `/v1/resources/${id}/content` });

export function toPageAsk({ directory, limit }: PageOf): Ask {
  return { method: 'GET', path: `/v1/resources?directory_path=${directory}&limit=${limit}` };
}

export function toTrpcPageAsk({ directory, limit }: PageOf): Ask {
  const input = JSON.stringify({ directoryPath: directory, limit });
  return { method: 'GET', path: `/trpc/resource.list?input=${encodeURIComponent(input)}` };
}

/** Every field, so that it answers what the others answer. */
const PAGE_QUERY = `query Page($filter: ResourceFilter, $first: Int) { resources(filter: $filter, first: $first) {
  edges { node {
    id accountId name directoryPath mimeType sha256 originalUri externalId externalStorageType storageBucket storageKey
    sizeBytes tags metadata createdBy createdAt updatedAt
  } }
  pageInfo { hasNextPage endCursor }
} }`;

export function toGraphqlPageAsk({ directory, limit }: PageOf): Ask {
  const variables = { filter: { directoryPath: directory }, first: limit };
  return { method: 'POST', path: '/graphql', body: JSON.stringify({ query: PAGE_QUERY, variables }) };
}
