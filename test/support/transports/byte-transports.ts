// The ways of an upload's bytes, each answer brought to one form: tus 1.0 and the IETF's draft.
import { createHash } from 'node:crypto';
import type { Target } from './change-transports.ts';

export type Begin = {
  readonly sizeBytes?: number;
  readonly expectedSha256?: string;
  readonly name?: string;
  readonly directoryPath?: string;
};

export type Append = {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Whether the content ends with these bytes; tus says it by the size alone. */
  readonly isLast?: boolean;
  readonly sizeBytes?: number;
  /** Of the piece: the digest of these bytes, whatever is sent. */
  readonly checksumOf?: Uint8Array;
};

export type ByteAnswer = {
  readonly status: number;
  /** Null when it was not refused. */
  readonly code: string | null;
  /** Null where there is no body. */
  readonly message: string | null;
  readonly id: string;
  readonly offset: number | null;
  readonly isComplete: boolean;
};

export type ByteTransport = {
  readonly name: 'tus' | 'draft';
  begin(input: Begin, target: Target): Promise<ByteAnswer>;
  append(id: string, input: Append, target: Target): Promise<ByteAnswer>;
  locate(id: string, target: Target): Promise<ByteAnswer>;
  cancel(id: string, target: Target): Promise<ByteAnswer>;
};

type Sent = { readonly headers?: { [name: string]: string }; readonly bytes?: Uint8Array };

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

async function send(line: string, { url, token }: Target, { headers = {}, bytes }: Sent = {}): Promise<ByteAnswer> {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
    ...(bytes && { body: new Uint8Array(bytes) }),
  });
  const text = await response.text();
  const { error = null } = text === '' ? {} : (JSON.parse(text) as { error?: string });
  const offset = response.headers.get('upload-offset');
  return {
    status: response.status,
    code: response.headers.get('x-error-code'),
    message: error,
    id: response.headers.get('location')?.split('/').at(-1) ?? '',
    offset: offset === null ? null : Number(offset),
    isComplete:
      response.headers.get('upload-complete') === '?1' ||
      (offset !== null && offset === response.headers.get('upload-length')),
  };
}

const TUS = { 'tus-resumable': '1.0.0' };

function toMetadata({ name, directoryPath, expectedSha256 }: Begin): string {
  const values = { name, directory_path: directoryPath, expected_sha256: expectedSha256 };
  const entries = Object.entries(values).filter(([, value]) => value !== undefined) as [string, string][];
  return entries.map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join();
}

const tus: ByteTransport = {
  name: 'tus',
  begin({ sizeBytes, ...described }, target) {
    const length = sizeBytes === undefined ? { 'upload-defer-length': '1' } : { 'upload-length': `${sizeBytes}` };
    return send('POST /v1/tus', target, { headers: { ...TUS, ...length, 'upload-metadata': toMetadata(described) } });
  },
  append(id, { offset, bytes, sizeBytes, isLast = false, checksumOf }, target) {
    const size = sizeBytes ?? (isLast ? offset + bytes.length : undefined);
    const headers = {
      ...TUS,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': `${offset}`,
      ...(size !== undefined && { 'upload-length': `${size}` }),
      ...(checksumOf && { 'upload-checksum': `sha256 ${digestOf(checksumOf)}` }),
    };
    return send(`PATCH /v1/tus/${id}`, target, { headers, bytes });
  },
  locate: (id, target) => send(`HEAD /v1/tus/${id}`, target, { headers: TUS }),
  cancel: (id, target) => send(`DELETE /v1/tus/${id}`, target, { headers: TUS }),
};

const draft: ByteTransport = {
  name: 'draft',
  begin({ sizeBytes, name, directoryPath, expectedSha256 }, target) {
    const query = new URLSearchParams();
    if (name !== undefined) query.set('name', name);
    if (directoryPath !== undefined) query.set('directory_path', directoryPath);
    if (expectedSha256 !== undefined) query.set('expected_sha256', expectedSha256);
    const headers = {
      'upload-complete': '?0',
      ...(sizeBytes !== undefined && { 'upload-length': `${sizeBytes}` }),
    };
    return send(`POST /v1/uploads?${query}`, target, { headers, bytes: Buffer.alloc(0) });
  },
  append(id, { offset, bytes, sizeBytes, isLast = false, checksumOf }, target) {
    const headers = {
      'content-type': 'application/partial-upload',
      'upload-offset': `${offset}`,
      'upload-complete': isLast ? '?1' : '?0',
      ...(sizeBytes !== undefined && { 'upload-length': `${sizeBytes}` }),
      ...(checksumOf && { 'content-digest': `sha-256=:${digestOf(checksumOf)}:` }),
    };
    return send(`PATCH /v1/uploads/${id}`, target, { headers, bytes });
  },
  locate: (id, target) => send(`HEAD /v1/uploads/${id}`, target),
  cancel: (id, target) => send(`DELETE /v1/uploads/${id}`, target),
};

/** Both work on the same uploads. */
export const BYTE_TRANSPORTS: readonly ByteTransport[] = [tus, draft];
