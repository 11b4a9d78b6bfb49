// A request's body, JSON or a form: content streams into staging while it arrives, the small rest is parsed. It refuses
// other content types and encodings, and every kind of excess; what was staged goes when the body is disposed.
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../domain/caller/caller.ts';
import { createShares, type SharesState } from '../../domain/caller/shares.ts';
import type { StagedContent } from '../../domain/content/staging.ts';
import { malformedRequest } from '../../domain/errors.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import type { Resources } from '../../domain/resources.ts';
import type { Exchange } from '../caller.ts';
import { parseSmallJson, readJson, SMALL_BYTES } from '../json/read-json.ts';
import { type Form, type ReadFormOptions, readForm } from './form-body.ts';
import { type Patience, receive } from './receive.ts';

/** A parsed body. Disposing it discards the staged content that no record took over. */
export type RequestBody = AsyncDisposable & {
  readonly value: unknown;
  readonly isForm: boolean;
  /** Content by the string that stands for it in `value`. */
  readonly streamed: ReadonlyMap<string, StagedContent>;
};

export type ReadBodyOptions = {
  /** Whose body it is; what is taken in counts as the caller's. */
  readonly caller: Caller;
  /** Whether a string at this path, which begins with `head`, may be content; absent: nothing may. */
  isContent?(path: readonly (string | number)[], head: string): boolean;
  /** Content strings up to this length, in all, stay in the value; absent: the reader's own limit. */
  readonly inlineBytes?: number;
  /** What a form means; absent: one is refused. */
  readonly form?: FormShape;
};

export type FormShape = {
  /** The value that a form amounts to; its files are in it as their placeholders. */
  toValue(form: Form): unknown;
  /** Fields whose text is JSON; see `ReadFormOptions`. */
  readonly jsonFields: ReadonlySet<string>;
};

/** What takes content in while it arrives. */
export type ContentIntake = Pick<Resources, 'stageDataUri' | 'stageBytes' | 'requireRoom'>;

/** Reads a body whose sender's token has been judged. @throws GatewayError, having discarded what was staged */
export type ReadBody = (exchange: Exchange, options: ReadBodyOptions) => Promise<RequestBody>;

/**
 * The bytes of a body as they are, whatever they are said to be. Nothing is read, and no turn taken, before the first is
 * asked for; whoever iterates ends it.
 * @throws GatewayError (while it is iterated) `malformed_request`, `overloaded`
 */
export type ReadBytes = (exchange: Exchange, caller: Caller) => ByteStream;

export type BodyReader = {
  readonly readBody: ReadBody;
  readonly readBytes: ReadBytes;
  /** What is taken of `maxStreams` and of `maxLargeBodies`. */
  slots(): { readonly streams: SharesState; readonly largeBodies: SharesState };
};

export type BodyLimits = Patience & {
  /** Everything that is not content, taken together. */
  readonly maxFieldsBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** Content strings up to this length are not worth a stream. */
  readonly inlineBytes: number;
  /** Files in one form. */
  readonly maxFiles: number;
  /** Contents that one process takes in as streams at once; one account has a quarter of them at most. */
  readonly maxStreams: number;
  /** Bodies beyond `smallBodyBytes` that one process reads at once; one account has a quarter of them at most. */
  readonly maxLargeBodies: number;
  /** A body that is announced as no longer than this is read without waiting for a turn. */
  readonly smallBodyBytes: number;
  /** How long a body waits for its turn before it is refused; its sender is held back meanwhile. */
  readonly turnMs: number;
};

const isNoContent = () => false;
const JSON_ONLY = 'send the body as content-type: application/json';
const QUARTER = 4;
const FULL = 'too many uploads are on their way';
/** What the JSON reader may gather before it begins to scan, and more; what it scans, it needs no longer than lent. */
const BORROWED_AFTER_BYTES = 2 * SMALL_BYTES;
/** Who only hashes and stores them takes pieces as they arrive: gathering them cost 2.5 times the CPU, in collections. */
const NEVER = Number.POSITIVE_INFINITY;
const FORM_TYPE = /^multipart\/form-data\s*;/i;
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

/** A reader with the given limits, which hands content to `intake`. */
export function createBodyReader(limits: BodyLimits, intake: ContentIntake): BodyReader {
  const share = (max: number) =>
    createShares({
      max,
      maxPerAccount: Math.max(1, Math.floor(max / QUARTER)),
      waitMs: limits.turnMs,
      maxWaitingPerAccount: max,
      full: FULL,
    });
  const streams = share(limits.maxStreams);
  const largeBodies = share(limits.maxLargeBodies);

  const readBody: ReadBody = async (
    exchange,
    { caller, isContent = isNoContent, inlineBytes = limits.inlineBytes, form },
  ) => {
    const { signal } = caller;
    const options = { isContent, signal };
    const request = exchange.request.raw;
    const contentType = requireContentType(request);
    const formShape = contentType === 'json' ? undefined : form;
    if (contentType !== 'json' && formShape === undefined) throw malformedRequest(JSON_ONLY);
    const { accountId } = caller.principal;
    const contentBytes = countContentBytes(request, { limits, isJson: contentType === 'json' });
    if (contentBytes > 0) await intake.requireRoom(contentBytes, caller);
    if (formShape === undefined) {
      const whole = takeWhole(request, Math.min(SMALL_BYTES, inlineBytes, limits.maxFieldsBytes));
      if (whole !== null) return { ...NOTHING_STAGED, value: parseSmallJson(whole, limits) };
    }
    const leaveBodies = isSmall(request, limits) ? () => {} : await largeBodies.enter(accountId, options);
    sendContinue(exchange);
    const staged: StagedContent[] = [];
    const keep = async (open: () => Promise<StagedContent>) => {
      const leave = await streams.enter(accountId, options);
      try {
        const content = await open();
        staged.push(content);
        return content;
      } finally {
        leave();
      }
    };
    const dispose = async () => {
      for (const content of staged) await content[Symbol.asyncDispose]();
    };
    try {
      const { value, streamed } =
        formShape === undefined
          ? await readJson(receive(request, { ...limits, borrowedAfterBytes: BORROWED_AFTER_BYTES }), {
              ...limits,
              ...options,
              inlineBytes,
              onContent: (text) => keep(() => intake.stageDataUri(text, caller)),
            })
          : await readFormValue(receive(request, { ...limits, borrowedAfterBytes: NEVER }), {
              ...limits,
              ...options,
              contentType,
              stageFile: (bytes, part) => keep(() => intake.stageBytes(bytes, part, caller)),
              ...formShape,
            });
      return { value, isForm: formShape !== undefined, streamed, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    } finally {
      leaveBodies();
    }
  };

  async function* readBytes(exchange: Exchange, { principal, signal }: Caller): ByteStream {
    const request = exchange.request.raw;
    requireUncoded(request);
    const leave = await streams.enter(principal.accountId, { signal });
    try {
      sendContinue(exchange);
      yield* receive(request, { ...limits, borrowedAfterBytes: NEVER });
    } finally {
      leave();
    }
  }
  return { readBody, readBytes, slots: () => ({ streams: streams.state(), largeBodies: largeBodies.state() }) };
}

async function readFormValue(source: ByteStream, options: ReadFormOptions & FormShape) {
  const { form, streamed } = await readForm(source, options);
  return { value: options.toValue(form), streamed };
}

const NOTHING_STAGED = { isForm: false, streamed: new Map(), [Symbol.asyncDispose]: async () => {} };

/** A body that has come along with its head, as most do: it needs no stream and no patience. Null: nothing was taken. */
function takeWhole(request: IncomingMessage, maxBytes: number): Buffer | null {
  // Reading joins all that is there, and what follows would come after it only by being read.
  if (!request.complete || request.readableLength > maxBytes) return null;
  return request.read();
}

/** What is longer, or does not say how long it is, may hold memory for as long as its sender likes. */
function isSmall({ headers }: IncomingMessage, { smallBodyBytes }: BodyLimits): boolean {
  const announced = headers['content-length'];
  return announced !== undefined && Number(announced) <= smallBodyBytes;
}

/** What escapes may make of a base64 digit, and what is left of four of those. */
const JSON_BYTES_PER_CONTENT_BYTE = 8;

/** How many bytes of content a body has at least, by its announced length; all that is not content is bounded. */
function countContentBytes({ headers }: IncomingMessage, { limits, isJson }: { limits: BodyLimits; isJson: boolean }) {
  const bytes = Number(headers['content-length'] ?? 0) - limits.maxFieldsBytes;
  return isJson ? Math.floor(bytes / JSON_BYTES_PER_CONTENT_BYTE) : bytes;
}

/** Gives `json`, or the whole content type of a form. */
function requireContentType(request: IncomingMessage): string {
  requireUncoded(request);
  const { headers } = request;
  const contentType = headers['content-type'] ?? '';
  if (JSON_TYPE.test(contentType)) return 'json';
  if (FORM_TYPE.test(contentType)) return contentType;
  throw malformedRequest('send the body as content-type: application/json, in UTF-8, or as multipart/form-data');
}

function requireUncoded({ headers }: IncomingMessage): void {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw malformedRequest('send the body without a content-encoding');
  }
}

/** RFC 9110, section 10.1.1: the client holds its body back until we want it. */
function sendContinue({ request, reply }: Exchange): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue();
}
