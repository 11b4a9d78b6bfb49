// A store before a real one that does what AWS does and Ceph does not: it refuses a part that is not what its
// `x-amz-checksum-sha256` says, and tells the checksums of the parts that it has.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

export type ChecksumStore = AsyncDisposable & {
  readonly endpoint: string;
  /** The bytes of objects that were read from it. */
  readBytes(): number;
};

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Opens it before `target`. Headers pass unchanged, so that signatures made for its address hold. */
export async function openChecksumStore(target: string): Promise<ChecksumStore> {
  const checksums = new Map<string, string>();
  let readBytes = 0;

  const pass = async (incoming: IncomingMessage, body: Buffer): Promise<{ answer: IncomingMessage; text: Buffer }> => {
    const { method, headers } = incoming;
    const passed = request(new URL(incoming.url ?? '/', target), { method, headers, setHost: false });
    passed.end(body);
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    return { answer, text: await readAll(answer) };
  };
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { searchParams } = new URL(incoming.url ?? '/', target);
    const uploadId = searchParams.get('uploadId');
    const number = searchParams.get('partNumber');
    const claimed = incoming.headers['x-amz-checksum-sha256'];
    const body = await readAll(incoming);
    const actual = createHash('sha256').update(body).digest('base64');
    if (claimed !== undefined && claimed !== actual) {
      outgoing.writeHead(400, { 'content-type': 'application/xml' });
      outgoing.end('<Error><Code>BadDigest</Code><Message>The SHA256 you specified did not match.</Message></Error>');
      return;
    }
    const { answer, text } = await pass(incoming, body);
    if (claimed !== undefined && answer.statusCode === 200) checksums.set(`${uploadId} ${number}`, actual);
    if (incoming.method === 'GET' && uploadId === null && answer.headers['last-modified']) readBytes += text.length;
    const isList = incoming.method === 'GET' && uploadId !== null;
    const told = isList ? Buffer.from(tell(text.toString(), uploadId)) : text;
    const { 'transfer-encoding': _, 'content-length': length, ...headers } = answer.headers;
    const isHead = incoming.method === 'HEAD';
    outgoing.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': isHead ? length : told.length });
    outgoing.end(isHead ? undefined : told);
  };
  const tell = (xml: string, uploadId: string): string =>
    xml.replaceAll(/<Part>(.*?)<PartNumber>(\d+)<\/PartNumber>/gs, (match, _before, number) => {
      const checksum = checksums.get(`${uploadId} ${number}`);
      return checksum === undefined ? match : `${match}<ChecksumSHA256>${checksum}</ChecksumSHA256>`;
    });

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the store has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    readBytes: () => readBytes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
