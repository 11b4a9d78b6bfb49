// The way of small files: a form to `resource.create`, repeated under one key, so that however often it is sent there is
// one resource.
import type { Connection } from './connection.ts';
import { fromRestAnswer, fromTrpcAnswer, type GatewayError } from './errors.ts';
import { withRetries } from './retry.ts';
import { type Answer, send } from './send.ts';
import { createKey } from './source.ts';
import type { Resource } from './types.ts';
import type { Uploading } from './upload.ts';

export async function uploadInOneRequest(
  { url, authorization }: Connection,
  blob: Blob,
  { fields, mimeType, teller, left, keep, ...options }: Uploading,
): Promise<Resource> {
  const idempotencyKey = left?.idempotencyKey ?? createKey();
  await keep({ idempotencyKey });
  const body = toForm(fields, mimeType === undefined ? blob : blob.slice(0, blob.size, mimeType));
  teller.sent(0);
  return await withRetries(async () => {
    const headers = { ...(await authorization()), 'idempotency-key': idempotencyKey };
    const answer = await send({
      method: 'POST',
      url: `${url}/trpc/resource.create`,
      headers,
      body,
      framing: 'sized',
      onSent: (bytes) => teller.sent(bytes),
      signal: options.signal,
    });
    const created = readAnswer(answer);
    teller.finishing();
    return created;
  }, options);
}

/** Fields as a form has them: texts, and JSON for what is none. The file is last, so that all is judged before it comes. */
function toForm(fields: { readonly [name: string]: unknown }, file: Blob): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  form.append('file', file);
  return form;
}

/** @throws GatewayError */
function readAnswer(answer: Answer): Resource {
  const body = parseJson(answer.text) as {
    readonly result?: { readonly data: Resource };
    readonly error?: Parameters<typeof fromTrpcAnswer>[0];
  } | null;
  if (body?.result !== undefined) return body.result.data;
  throw toRefusal(answer, body?.error);
}

function toRefusal(answer: Answer, error: Parameters<typeof fromTrpcAnswer>[0] | undefined): GatewayError {
  return typeof error?.message === 'string' ? fromTrpcAnswer(error) : fromRestAnswer(answer);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
