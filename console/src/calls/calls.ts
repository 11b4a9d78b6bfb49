// The calls behind what the console shows.
import type { Call } from './spell.ts';

type Fields = { readonly [name: string]: unknown };

const RESOURCE = `id
      name
      directoryPath
      mimeType
      sizeBytes
      sha256
      tags
      metadata
      createdAt
      updatedAt`;

/** A page of files. @param input as tRPC has it */
export function listFiles(input: Fields): Call {
  const { sort, order, limit, cursor, ...filter } = input;
  const variables = {
    filter,
    ...(sort !== undefined && {
      sort: { by: String(sort).toUpperCase(), order: String(order ?? 'asc').toUpperCase() },
    }),
    ...(limit !== undefined && { first: limit }),
  };
  return {
    title: 'List these files',
    method: 'GET',
    path: '/v1/resources',
    query: input,
    graphql: {
      document: `query Files($filter: ResourceFilter, $sort: ResourceSort, $first: Int, $after: String) {
  resources(filter: $filter, sort: $sort, first: $first, after: $after) {
    edges { node {
      ${RESOURCE}
    } }
    pageInfo { hasNextPage endCursor }
  }
}`,
      variables,
    },
    trpc: { procedure: 'resource.list', kind: 'query', input },
  };
}

/** A directory, its sums and the directories in it. */
export function readDirectory(path: string): Call {
  return {
    title: 'Read this directory',
    method: 'GET',
    path: '/v1/directories',
    query: { path },
    graphql: {
      document: `query Directory($path: String!) {
  directory(path: $path) {
    resourceCount
    sizeBytes
    directories { path resourceCount sizeBytes }
    nextCursor
  }
}`,
      variables: { path },
    },
    trpc: { procedure: 'resource.directory', kind: 'query', input: { path } },
  };
}

/** Everything about one file. */
export function readFile(id: string): Call {
  return {
    title: 'Read this file’s record',
    method: 'GET',
    path: `/v1/resources/${id}`,
    graphql: {
      document: `query File($id: ID!) {
  resource(id: $id) {
      ${RESOURCE}
  }
}`,
      variables: { id },
    },
    trpc: { procedure: 'resource.byId', kind: 'query', input: { id } },
  };
}

/** An address for a content that needs no token. */
export function readDownloadUrl(id: string): Call {
  return {
    title: 'Get an address for its content',
    method: 'GET',
    path: `/v1/resources/${id}/download-url`,
    graphql: {
      document: `query Download($id: ID!) {
  resource(id: $id) {
    downloadUrl
  }
}`,
      variables: { id },
    },
    trpc: { procedure: 'resource.downloadUrl', kind: 'query', input: { id } },
  };
}

/** The content itself. */
export function download(id: string, name: string): Call {
  return {
    title: 'Download it',
    method: 'GET',
    path: `/v1/resources/${id}/content`,
    saveAs: name,
    graphql: null,
    trpc: null,
  };
}

/** Other labels, another name or place. */
export function updateFile(id: string, changes: Fields): Call {
  return {
    title: 'Rename, move or label it',
    method: 'PATCH',
    path: `/v1/resources/${id}`,
    body: changes,
    graphql: {
      document: `mutation Change($id: ID!, $input: UpdateResourceInput!) {
  updateResource(id: $id, input: $input) {
    id
    name
    updatedAt
  }
}`,
      variables: { id, input: changes },
    },
    trpc: { procedure: 'resource.update', kind: 'mutate', input: { id, ...changes } },
  };
}

/** What the account uses. */
export function readUsage(): Call {
  return {
    title: 'Read what the account uses',
    method: 'GET',
    path: '/v1/usage',
    graphql: {
      document: `query Usage {
  usage {
    bytes { used reserved versions trash limit }
    resources { used trash limit }
  }
}`,
      variables: {},
    },
    trpc: { procedure: 'usage.get', kind: 'query', input: null },
  };
}

/** The addresses that are told of events. */
export function listWebhooks(): Call {
  return {
    title: 'List the webhooks',
    method: 'GET',
    path: '/v1/webhooks',
    graphql: {
      document: `query Webhooks {
  webhooks {
    id
    url
    enabled
    failingSince
  }
}`,
      variables: {},
    },
    trpc: { procedure: 'webhook.list', kind: 'query', input: null },
  };
}

/** What was deleted, the last first. */
export function listTrash(): Call {
  return {
    title: 'List the trash',
    method: 'GET',
    path: '/v1/trash',
    graphql: {
      document: `query Trash {
  trash {
    items { id name directoryPath deletedAt expiresAt }
    nextCursor
  }
}`,
      variables: {},
    },
    trpc: { procedure: 'trash.list', kind: 'query', input: {} },
  };
}
