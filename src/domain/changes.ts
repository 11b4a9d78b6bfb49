// The part of the service that changes, deletes, and creates many; see each function for its rules.

import type { Caller } from './caller/caller.ts';
import { deleteResource, deleteResources } from './change/delete-resources.ts';
import { deleteDirectory, type MoveDirectoryInput, moveDirectory } from './change/directory-changes.ts';
import { type UpdateResourceInput, updateResource } from './change/update-resource.ts';
import { type CreateOutcome, createMany } from './create/create-many.ts';
import type { CreatePorts, CreateResourceInput } from './create/create-resource.ts';
import type { GatewayError } from './errors.ts';
import type { Resource } from './resource.ts';

/** Which resource; with `ifMatch` only in that version (see `parseExpectedVersion`). */
export type DeleteResourceInput = { readonly id: string; readonly ifMatch: string | undefined };

export type Changes = {
  /** Stores many, each with its own outcome; see `createMany`. */
  createMany(items: readonly (CreateResourceInput | GatewayError)[], caller: Caller): Promise<readonly CreateOutcome[]>;
  /** Renames, moves or relabels one; see `updateResource`. */
  update(input: UpdateResourceInput & { readonly id: string }, caller: Caller): Promise<Resource>;
  /** Deletes one; see `deleteResource`. @returns whether there was one */
  delete(input: DeleteResourceInput, caller: Caller): Promise<boolean>;
  /** Deletes up to 100; see `deleteResources`. @returns how many there were */
  deleteMany(ids: readonly string[], caller: Caller): Promise<number>;
  /** See `moveDirectory`. @returns how many resources have moved */
  moveDirectory(input: MoveDirectoryInput, caller: Caller): Promise<number>;
  /** See `deleteDirectory`. @returns how many resources are gone */
  deleteDirectory(path: string, caller: Caller): Promise<number>;
};

/** The operations over the given ports; they own none of them. */
export function createChanges(ports: CreatePorts): Changes {
  return {
    createMany: (items, caller) => createMany(items, caller, ports),
    update: ({ id, ...input }, caller) =>
      caller.turns.take(() => updateResource(id, input, { ...ports, ...caller }), caller),
    delete: ({ id, ifMatch }, caller) =>
      caller.turns.take(() => deleteResource(id, ifMatch, { ...ports, ...caller }), caller),
    deleteMany: (ids, caller) => caller.turns.take(() => deleteResources(ids, { ...ports, ...caller }), caller),
    moveDirectory: (input, caller) => caller.turns.take(() => moveDirectory(input, { ...ports, ...caller }), caller),
    deleteDirectory: (path, caller) => caller.turns.take(() => deleteDirectory(path, { ...ports, ...caller }), caller),
  };
}
