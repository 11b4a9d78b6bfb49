// What an account uses, in the two spellings of its keys.
import { z } from 'zod';
import type { Usage } from '../domain/usage/ports.ts';

const bytes = (description: string) => z.int().meta({ format: 'int64', description });
const limit = (what: string) =>
  z
    .int()
    .nullable()
    .meta({ format: 'int64', description: `How many ${what} all of it may be; null: as many as it likes` });

/** The bytes, field by field. */
export const usedBytes = z.object({
  used: bytes('Bytes of the resources that are there, each counted also where several have one content'),
  reserved: bytes('Bytes that uploads keep room for'),
  versions: bytes('Bytes of contents that resources had before'),
  trash: bytes('Bytes of what is in the trash'),
  limit: limit('bytes'),
});

/** The resources, field by field. */
export const usedResources = z.object({
  used: bytes('Resources that are there'),
  trash: bytes('Resources in the trash'),
  limit: limit('resources'),
});

/** What an account uses, in every transport: no key of it is spelt in two ways. */
export const usage = z.object({
  bytes: usedBytes.describe('How many bytes'),
  resources: usedResources.describe('How many resources'),
});

/** As every transport shows it. */
export type PublicUsage = z.output<typeof usage>;

export function toPublicUsage({ bytes, resources }: Usage): PublicUsage {
  return { bytes: { ...bytes }, resources: { ...resources } };
}
