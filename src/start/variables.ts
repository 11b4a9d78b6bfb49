// What the text of an environment variable may be, and what it means. Each refusal completes a sentence that names the variable.
import { isIP } from 'node:net';
import { z } from 'zod';
import type { AllowedHost, SourceBucket } from '../remote/options.ts';

/** A number of proxies in a row, or their addresses, each of them an IP address, a network (CIDR) or Fastify's name for one. */
export type TrustProxy = number | readonly string[];

/** As many points in each window of so many seconds. */
export type RatePoints = { readonly points: number; readonly windowSeconds: number };

export const wholeNumber = (what: string, range: { min: number; max: number }) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be ${what}, a whole number`)
    .transform(Number)
    .refine((n) => n >= range.min && n <= range.max, `must be from ${range.min} to ${range.max}`);

export const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((word) => word === 'true' || word === '1');

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => new URL(url));
export const originUrl = httpUrl
  .refine(({ pathname, search, hash }) => pathname === '/' && search === '' && hash === '', 'must have no path')
  .transform(({ origin }) => origin);
export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });

export const allowedHost = readBy(
  (entry): AllowedHost | null => {
    const url = URL.parse(`http://${entry}`);
    if (url === null || url.host === '' || url.username !== '' || url.pathname !== '/' || entry.includes('/'))
      return null;
    const port = /:(\d+)$/.exec(entry);
    return { host: url.hostname, port: port === null ? null : Number(port[1]) };
  },
  (entry) => `must list host or host:port, not ${JSON.stringify(entry)}`,
);

const NAMED_NETWORKS: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

export const trustProxy = readBy(
  (text): TrustProxy | null => {
    if (/^[1-9]$/.test(text)) return Number(text);
    const entries = text.split(',').map((entry) => entry.trim());
    return entries.every((entry) => NAMED_NETWORKS.has(entry) || isNetwork(entry)) ? entries : null;
  },
  () => {
    const names = [...NAMED_NETWORKS].join(', ');
    return `must be how many proxies stand in a row (1 to 9), or a list of addresses, networks, ${names}`;
  },
);

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

export const ratePoints = readBy(
  (text): RatePoints | null => {
    const [, points = '', seconds = ''] = /^([1-9]\d{0,8})\/([1-9]\d{0,4})$/.exec(text) ?? [];
    if (points === '' || Number(seconds) > 86_400) return null;
    return { points: Number(points), windowSeconds: Number(seconds) };
  },
  () => 'must be points/seconds, as in 600/60, of a day at most',
);

export const sourceBucket = readBy(
  (entry): SourceBucket | null => {
    const simple = /^(s3|gs):\/\/([^/]+)\/?$/.exec(entry);
    if (simple !== null) return { kind: simple[1] === 's3' ? 's3' : 'gcs', bucket: simple[2] as string };
    const azure = /^azblob:\/\/([^/]+)\/([^/]+)\/?$/.exec(entry);
    return azure && { kind: 'azure_blob', account: azure[1] as string, bucket: azure[2] as string };
  },
  (entry) => `must list s3://bucket, gs://bucket or azblob://account/container, not ${JSON.stringify(entry)}`,
);

/** What `read` makes of a text; null is refused. */
function readBy<Value>(read: (text: string) => Value | null, toMessage: (text: string) => string) {
  return z.string().transform((text, context): Value => {
    const value = read(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: toMessage(text) });
    return z.NEVER;
  });
}
