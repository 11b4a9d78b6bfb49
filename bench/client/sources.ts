// REST creates whose content does not come as base64: as a file in a form, or from an address that the gateway fetches.
import { openConnection, type WireRequest } from './connection.ts';
import { toContentPieces } from './contents.ts';
import { takeSerial } from './creates.ts';
import { REST } from './transports.ts';

export type Content = { readonly serial: number; readonly sizeBytes: number };
export type Source = { readonly name: string; toRequest(content: Content, token: string): WireRequest };

const BOUNDARY = 'bench-8e03978e40d543ddbc936894a57f9324';
const DIRECTORY = '/bench';
const TAGS = ['bench', 'two tags'];

/** The bytes themselves, as multipart/form-data. */
export const FORM: Source = {
  name: 'inline in a form',
  toRequest: (content, token) => formPieces(content, token),
};

/** Only where they are; `toUri` says where. */
export function fetchFrom(toUri: (content: Content) => string): Source {
  return {
    name: 'fetched from a uri',
    toRequest: (content, token) => {
      const uri = toUri(content);
      const body = JSON.stringify({ name: toName(content), directory_path: DIRECTORY, tags: TAGS, uri });
      return [toHead({ token, type: 'application/json', length: body.length }) + body];
    },
  };
}

export type SourceCreate = {
  readonly url: URL;
  readonly source: Source;
  readonly sizeBytes: number;
  readonly token: string;
};

/**
 * One create of a new content on a connection of its own.
 * @throws at an answer that does not say that it was stored
 */
export async function runSourceCreate({ url, source, sizeBytes, token }: SourceCreate): Promise<{ tookMs: number }> {
  using client = await openConnection(url);
  const request = source.toRequest({ serial: takeSerial(), sizeBytes }, token);
  const askedMs = performance.now();
  const { status, body } = await client.ask(request);
  const tookMs = performance.now() - askedMs;
  if (status !== 200 || !REST.isStored(body, sizeBytes)) {
    throw new Error(`${source.name}: answered ${status}: ${body.slice(0, 500)}`);
  }
  return { tookMs };
}

function* formPieces(content: Content, token: string): WireRequest {
  const field = (name: string, value: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const before =
    field('directory_path', DIRECTORY) +
    TAGS.map((tag) => field('tags', tag)).join('') +
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${toName(content)}"\r\n` +
    'Content-Type: text/plain\r\n\r\n';
  const after = `\r\n--${BOUNDARY}--\r\n`;
  const length = before.length + content.sizeBytes + after.length;
  yield toHead({ token, type: `multipart/form-data; boundary=${BOUNDARY}`, length }) + before;
  yield* toContentPieces(content);
  yield after;
}

function toHead({ token, type, length }: { token: string; type: string; length: number }): string {
  return (
    `POST ${REST.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\n` +
    `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`
  );
}

function toName({ serial }: Content): string {
  return `bench-${serial}.txt`;
}
