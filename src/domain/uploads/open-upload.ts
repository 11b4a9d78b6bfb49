// The content of a complete upload as the source of a create. It refuses uploads that are not complete, and what was taken.
import type { Principal } from '../caller/principal.ts';
import type { HeldContent, StagedContent } from '../content/staging.ts';
import { toUploadId, type UploadOpener } from '../content/upload-opener.ts';
import { type GatewayError, invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { raceSignal } from '../flow/race-signal.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { UploadPorts } from './call.ts';
import { isUnsettled, settleContent } from './settle-content.ts';
import type { Upload } from './upload.ts';
import type { StoreCall } from './upload-store.ts';

/** As many first bytes as the detection of types looks at. */
const HEAD_BYTES = 4100;

type OpenerPorts = UploadPorts & { readonly limits: { readonly inlineMaxBytes: number } };

/** Creates the opener of one service. In one process, creates that name the same upload take turns. */
export function createUploadOpener(ports: OpenerPorts): UploadOpener {
  const turns = new Map<string, Promise<void>>();

  async function enter(key: string, signal: AbortSignal): Promise<() => void> {
    const before = turns.get(key) ?? Promise.resolve();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const turn = before.then(() => done);
    turns.set(key, turn);
    const leave = () => {
      resolve();
      if (turns.get(key) === turn) turns.delete(key);
    };
    try {
      await raceSignal(before, signal);
    } catch (thrown) {
      leave();
      throw thrown;
    }
    return leave;
  }

  return async (uri, { principal, signal }) => {
    const id = toUploadId(uri).toLowerCase();
    if (!isId(id)) throw invalidInput('uri', 'must name an upload as upload:<id>');
    const call = { ...ports, principal, signal };
    await settleIfDue(id, call);
    const leave = await enter(`${id} ${principal.accountId}`, signal);
    try {
      const upload = requireComplete(await find(id, call));
      return { ...(await toContent(upload, { ...ports, signal })), [Symbol.asyncDispose]: async () => leave() };
    } catch (thrown) {
      leave();
      throw thrown;
    }
  };
}

type Opening = OpenerPorts & CallOptions & { readonly principal: Principal };

async function find(id: string, call: Opening): Promise<Upload> {
  const found = await call.repository.findUpload({ accountId: call.principal.accountId, id }, call);
  if (found === null) throw invalidInput('uri', 'names no upload of your account; it may have expired');
  return found;
}

/** One that has all its bytes and was not finished: whoever comes does it. Before the turn, which whoever has it may want. */
async function settleIfDue(id: string, call: Opening): Promise<void> {
  if (!isUnsettled(await find(id, call))) return;
  const held = await call.uploads.holds.take({ accountId: call.principal.accountId, id }, call);
  try {
    held.finish();
    const signal = AbortSignal.any([call.uploads.holds.closing, held.lost]);
    if (isUnsettled(held.upload())) await settleContent(held, { ...call, signal });
  } finally {
    await held.release();
  }
}

function requireComplete(upload: Upload): Upload {
  if (upload.state === 'complete') return upload;
  throw notComplete(upload);
}

function notComplete({ state, offsetBytes, sizeBytes, method }: Upload): GatewayError {
  if (state === 'consumed') return invalidInput('uri', 'names an upload whose content a resource has taken already');
  if (state === 'failed') return invalidInput('uri', 'names an upload that has failed; begin another');
  if (method === 'direct')
    return invalidInput('uri', 'names an upload that is not complete; send its parts, complete it');
  const known = sizeBytes === null ? '' : ` of ${sizeBytes}`;
  return invalidInput('uri', `names an upload that has ${offsetBytes}${known} bytes; send the rest first`);
}

async function toContent(
  { id, accountId, location, sha256, sizeBytes, mimeType }: Upload,
  { blobs, limits, signal }: OpenerPorts & CallOptions,
): Promise<Omit<StagedContent, typeof Symbol.asyncDispose>> {
  if (location.bucket !== blobs.bucket || sha256 === null || sizeBytes === null) {
    throw new Error(`the content of the upload ${id} is not in the open store`);
  }
  const isInline = limits.inlineMaxBytes > 0 && sizeBytes <= limits.inlineMaxBytes;
  const head = await readFirst(location.key, {
    blobs,
    signal,
    accountId,
    sizeBytes,
    maxBytes: isInline ? sizeBytes : HEAD_BYTES,
  });
  const stored: HeldContent = { location, wasTaken: () => false, take: () => {}, giveBack: () => {} };
  return {
    sha256,
    sizeBytes,
    declaredMimeType: mimeType,
    head: head.subarray(0, HEAD_BYTES),
    inline: isInline ? head : null,
    uploadId: id,
    store: () => Promise.resolve(stored),
  };
}

type FirstBytes = StoreCall & Pick<UploadPorts, 'blobs'> & { readonly sizeBytes: number; readonly maxBytes: number };

/** The first bytes; @throws when the store does not have them, though the upload is complete */
async function readFirst(key: string, { blobs, maxBytes, ...content }: FirstBytes): Promise<Uint8Array> {
  const { sizeBytes, signal } = content;
  if (!(await blobs.has(key, content))) throw new Error(`the store has lost the upload under ${key}`);
  if (sizeBytes === 0) return new Uint8Array(0);
  const pieces: Uint8Array[] = [];
  const range = { start: 0, end: Math.min(sizeBytes, maxBytes) - 1 };
  for await (const piece of await blobs.read(key, { range, signal })) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
