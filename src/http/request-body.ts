// A request's JSON body: content streams into staging while it arrives, the small rest is parsed. It refuses other
// content types and encodings, and every kind of excess; what was staged goes when the body is disposed.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/errors.ts';
import type { ByteStream } from '../domain/ports.ts';
import type { StagedContent } from '../domain/staging.ts';
import type { Exchange } from './caller.ts';
import { readJson } from './json-body.ts';
import { type Patience, receive } from './receive.ts';

/** A parsed body. Disposing it discards the staged content that no record took over. */
export type RequestBody = AsyncDisposable & {
  readonly value: unknown;
  /** Content by the string that stands for it in `value`. */
  readonly lifted: ReadonlyMap<string, StagedContent>;
};

export type ReadBodyOptions = {
  /** Whether a string at this path may be content. */
  isContent(path: readonly (string | number)[]): boolean;
  /** Takes in the text of a content string that is too long to wait for. */
  stage(text: ByteStream): Promise<StagedContent>;
  readonly signal: AbortSignal;
};

/** Reads a body whose sender's token has been judged. @throws GatewayError, having discarded what was staged */
export type ReadBody = (exchange: Exchange, options: ReadBodyOptions) => Promise<RequestBody>;

export type BodyLimits = Patience & {
  /** Everything that is not content, taken together. */
  readonly maxFieldsBytes: number;
  readonly maxDepth: number;
  /** Content strings up to this length are not worth a stream. */
  readonly inlineBytes: number;
};

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

/** A reader with the given limits. */
export function createBodyReader(limits: BodyLimits): ReadBody {
  return async (exchange, { isContent, stage, signal }) => {
    const request = exchange.request.raw;
    requireJson(request);
    sendContinue(exchange);
    const staged: StagedContent[] = [];
    const dispose = async () => {
      for (const content of staged) await content[Symbol.asyncDispose]();
    };
    const onContent = async (text: ByteStream) => {
      const content = await stage(text);
      staged.push(content);
      return content;
    };
    try {
      const { value, lifted } = await readJson(receive(request, limits), { ...limits, isContent, onContent, signal });
      return { value, lifted, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  };
}

function requireJson({ headers }: IncomingMessage): void {
  const reason =
    headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity'
      ? 'send the body without a content-encoding'
      : !JSON_TYPE.test(headers['content-type'] ?? '')
        ? 'send the body as content-type: application/json, in UTF-8'
        : null;
  if (reason !== null) throw new GatewayError('malformed_request', { reason });
}

/** RFC 9110, section 10.1.1: the client holds its body back until we want it. */
function sendContinue({ request, reply }: Exchange): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue();
}
