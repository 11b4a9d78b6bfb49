// How the address of a content is spelt: REST answers at it, GraphQL and tRPC give it out. Signed, it needs no token.
import { z } from 'zod';
import type { DownloadAddress } from '../domain/download/download.ts';
import type { DownloadLink } from '../domain/download/download-links.ts';
import { DISPOSITIONS, type Disposition } from '../domain/download/presentation.ts';
import { GatewayError } from '../domain/errors.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';

/** Whether a download is saved or shown. */
export const disposition = z
  .enum(DISPOSITIONS, 'must be attachment or inline')
  .describe('attachment: save it; inline: show it, for types that are safe to show');

/** The query of REST's download; the last three belong to a signed address and come together. */
export const restContentQuery = inputObject({
  disposition: disposition.default('attachment'),
  account: z.string('must be given once').optional().describe('Of a signed address: whose resource it is'),
  expires: z.string('must be given once').optional().describe('Of a signed address: until when, in seconds since 1970'),
  signature: z.string('must be given once').optional().describe('Of a signed address: HMAC-SHA256 in base64url'),
});

/** The query of the content of a version. */
export const restVersionContentQuery = inputObject({ disposition: disposition.default('attachment') });

/** The input of tRPC's `resource.downloadUrl`. */
export const downloadUrlInput = inputObject({
  id: z.string(required('must be a string')).describe('Id of the resource'),
  disposition: disposition.optional(),
});

/** The query of REST's `download-url`. */
export const restDownloadUrlQuery = z.object({ disposition: disposition.default('attachment') });

/** What REST gives. */
export const restDownloadUrl = z.object({
  url: z.string().meta({ format: 'uri', description: 'Gives the content without a token until it ends' }),
  expires_at: z.string().meta({ format: 'date-time', description: 'Until when it holds' }),
});

/** What tRPC gives: an absolute address, and until when it holds as RFC 3339. */
export type PublicDownloadUrl = { url: string; expiresAt: string };

/**
 * The link in a query, or null when the query carries none; whether it holds is for the domain to say.
 * @throws GatewayError `forbidden` when a part of it is missing or cannot be ours
 */
export function parseDownloadLink(id: string, query: z.output<typeof restContentQuery>): DownloadLink | null {
  const { account, expires, signature } = query;
  if (account === undefined && expires === undefined && signature === undefined) return null;
  if (account === undefined || signature === undefined || !/^\d{1,12}$/.test(expires ?? '')) {
    throw new GatewayError('forbidden', { reason: 'this address is incomplete; use a downloadUrl as it was given' });
  }
  return { id, accountId: account, expiresSeconds: Number(expires), signature };
}

/** The absolute form of an address; `origin` is the scheme and host that callers reach the gateway by. */
export function toDownloadUrl(
  address: DownloadAddress,
  options: { origin: string; disposition: Disposition },
): PublicDownloadUrl {
  const expiresAt = address.expiresAt.toISOString();
  if (address.kind === 'store') return { url: address.url, expiresAt };
  const { id, accountId, expiresSeconds, signature } = address.link;
  const url = new URL(`/v1/resources/${id}/content`, options.origin);
  if (options.disposition === 'inline') url.searchParams.set('disposition', 'inline');
  url.searchParams.set('account', accountId);
  url.searchParams.set('expires', String(expiresSeconds));
  url.searchParams.set('signature', signature);
  return { url: url.href, expiresAt };
}
