// tRPC's way to a content: an address for it.

import { downloadUrlInput, toDownloadUrl } from '../../schema/download-address.ts';
import { nullsAbsent } from '../../schema/parse-input.ts';
import { procedure } from './procedure.ts';

/** Where to fetch a resource's content without a token, for a short while. Needs the scope `resources:read`. */
export const downloadUrl = procedure.input(nullsAbsent(downloadUrlInput)).query(async ({ input, ctx }) => {
  const { id, disposition = 'attachment' } = input;
  const address = await ctx.operations.downloadUrl({ id, disposition }, ctx.caller);
  return toDownloadUrl(address, { origin: ctx.origin, disposition });
});
