// A row of a list: a directory, or a file.
import type { PublicDirectoryPage, PublicResource } from 'resource-gateway-client';

export type Directory = PublicDirectoryPage['directories'][number];
export type Resource = PublicResource;
export type Row =
  | { readonly kind: 'directory'; readonly key: string; readonly directory: Directory }
  | { readonly kind: 'file'; readonly key: string; readonly resource: Resource };

export function toDirectoryRow(directory: Directory): Row {
  return { kind: 'directory', key: `directory ${directory.path}`, directory };
}

export function toFileRow(resource: Resource): Row {
  return { kind: 'file', key: resource.id, resource };
}
