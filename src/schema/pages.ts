// What asks for a page, and what one looks like, whatever it is of.
import { z } from 'zod';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../domain/find/list-resources.ts';

export const limit = z.number('must be a number').optional().meta({
  type: 'integer',
  minimum: 1,
  maximum: MAX_PAGE_SIZE,
  default: DEFAULT_PAGE_SIZE,
  description: 'How many at most',
});
export const cursor = z.string('must be a string').optional().describe("A previous page's next_cursor");

/** What asks for a page. */
export const page = { limit, cursor };
/** The same in tRPC, whose clients add a direction to infinite queries and may begin them with a null cursor. */
export const infinitePage = {
  limit,
  cursor: z.string('must be a string').nullish(),
  direction: z.enum(['forward', 'backward']).optional(),
};

/** A page as GraphQL and tRPC show it. */
export type Page<Item> = {
  items: Item[];
  /** Null when nothing follows. */
  nextCursor: string | null;
};

/** A page as REST shows it. */
export function restPageOf<Item extends z.ZodType>(items: z.ZodArray<Item>) {
  return z.object({
    items,
    next_cursor: z.string().nullable().describe('For the next page; null when nothing follows'),
  });
}
