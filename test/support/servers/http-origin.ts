// A real http or https origin that serves a file well, or misbehaves in the way its path asks for.
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

export const ORIGIN_BYTES = 300_000;

/** The same bytes every time; no two stretches of it are alike, so that a wrong offset shows. */
export function createOriginContent(sizeBytes: number = ORIGIN_BYTES): Buffer {
  const content = Buffer.alloc(sizeBytes);
  for (let at = 0; at + 4 <= sizeBytes; at += 4) content.writeUInt32BE((at * 2654435761) % 2 ** 32, at);
  return content;
}

export type HttpOrigin = AsyncDisposable & {
  readonly port: number;
  /** What was asked for, oldest first. */
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
};

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const content = createOriginContent();
const ETAG = `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
const CUT_AT = 100_000;

function answerRange(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const isPart =
    request.headers.range !== undefined && [request.headers['if-range'], request.headers['if-match']].includes(ETAG);
  response.writeHead(isPart ? 206 : 200, {
    'content-type': 'Text/Plain; charset=utf-8',
    'content-length': isPart ? content.length - start : content.length,
    'accept-ranges': 'bytes',
    etag: ETAG,
    ...(isPart && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  response.end(isPart ? content.subarray(start) : content);
}

/** Sends the head and a part of the body, then cuts; what a resume gets is up to `resumed`. */
function createCut(resumed: Answer, headers: { readonly [name: string]: string } = { etag: ETAG }): Answer {
  return (request, response, url) => {
    if (request.headers.range !== undefined) return resumed(request, response, url);
    response.writeHead(200, { 'content-length': content.length, 'accept-ranges': 'bytes', ...headers });
    response.write(content.subarray(0, CUT_AT), () => setImmediate(() => response.destroy()));
  };
}

function createPart(contentRange: string, headers: { readonly [name: string]: string } = { etag: ETAG }): Answer {
  return (_request, response) => {
    response.writeHead(206, { 'content-range': contentRange, ...headers });
    response.end(content.subarray(CUT_AT));
  };
}

function createRaw(...pieces: readonly (string | Buffer)[]): Answer {
  return (_request, response) => {
    for (const piece of pieces) response.socket?.write(piece);
    response.socket?.end();
  };
}

const never: Answer = () => {};
/** A byte at a time, without an end and without a pause that would be worth a refusal. */
const trickle: Answer = (_request, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write('x'), 5);
  response.on('close', () => clearInterval(timer));
};

const endless: Answer = (_request, response) => {
  response.writeHead(200);
  const fill = () => {
    while (!response.destroyed && response.write(content));
  };
  response.on('drain', fill);
  fill();
};

const rest = `${CUT_AT}-${content.length - 1}/${content.length}`;
const gzipBomb = gzipSync(Buffer.alloc(10_000_000));

const answers: { readonly [path: string]: Answer } = {
  '/file': answerRange,
  '/untyped': (_request, response) => response.end(content),
  '/odd-type': (_request, response) => response.setHeader('content-type', 'not a type').end(content),
  // Raw, since node:http would not send every location that an attacker sends.
  '/redirect': (_request, response, url) => {
    const head = `HTTP/1.1 302 Found\r\nlocation: ${url.searchParams.get('to')}\r\nset-cookie: session=stolen\r\n`;
    response.socket?.end(`${head}content-length: 0\r\nconnection: close\r\n\r\n`);
  },
  '/loop': (_request, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/chain': (_request, response, url) => {
    const left = Number(url.searchParams.get('left'));
    response.writeHead(307, { location: left > 1 ? `/chain?left=${left - 1}` : '/file' }).end();
  },
  '/moved/blob': (_request, response) => response.writeHead(302, { location: '/file' }).end(),
  '/no-location': (_request, response) => response.writeHead(302).end(),
  '/slow-headers': never,
  '/dripping-headers': (_request, response) => {
    const drip = setInterval(() => response.socket?.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), 20);
    response.on('close', () => clearInterval(drip));
  },
  '/huge-headers': (_request, response) => response.setHeader('x-big', 'a'.repeat(40_000)).end(),
  '/endless': endless,
  '/trickle': trickle,
  '/in/slow-headers': never,
  '/stall/s3': (_request, response) => response.writeHead(200, { 'content-length': 9 }).write('some'),
  '/stall': (_request, response) => response.writeHead(200).write('some'),
  '/short': createRaw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n', 'short'),
  '/long': createRaw('HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\n', 'four and more'),
  '/two-lengths': createRaw('HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 9\r\n\r\n', 'four and more'),
  '/cut-chunked': createRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '4\r\nfour\r\n9\r\nand'),
  '/too-large': createRaw('HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n', 'some'),
  '/gzip': (_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipBomb),
  '/gzip-transfer': createRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n', '1\r\na\r\n0\r\n\r\n'),
  '/not-http': createRaw('220 mail.internal ESMTP ready\r\n'),
  '/upgrade': createRaw('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  '/silent-close': createRaw(),
  '/cut': createCut(answerRange),
  '/cut/by-match': createCut(answerRange),
  '/cut-by-date': createCut(createPart(`bytes ${rest}`, {}), { 'last-modified': new Date(0).toUTCString() }),
  '/cut-twice': createCut((request, response) => {
    if (request.headers.range !== `bytes=${CUT_AT}-`) return answerRange(request, response);
    response.writeHead(206, { 'content-range': `bytes ${rest}`, etag: ETAG });
    response.write(content.subarray(CUT_AT, CUT_AT + 50_000), () => setImmediate(() => response.destroy()));
  }),
  '/cut-always': createCut((_request, response) => response.destroy()),
  '/cut-weak': createCut(answerRange, { etag: 'W/"weak"' }),
  '/cut-start-over': createCut((_request, response) => response.end(content)),
  '/cut-wrong-start': createCut(createPart(`bytes 0-${content.length - 1}/${content.length}`)),
  '/cut-wrong-total': createCut(createPart(`bytes ${CUT_AT}-${content.length}/${content.length + 1}`)),
  '/cut-short-rest': createCut(createPart(`bytes ${CUT_AT}-199999/${content.length}`)),
  '/cut-other-version': createCut(createPart(`bytes ${rest}`, { etag: '"other"' })),
  '/cut-no-range': createCut((_request, response) => response.writeHead(206).end(content.subarray(CUT_AT))),
};

/** Opens an origin on a free port of 127.0.0.1; disposing it cuts every connection. */
export async function openHttpOrigin(options: { readonly tls: boolean } = { tls: false }): Promise<HttpOrigin> {
  const requests: HttpOrigin['requests'] = [];
  const sockets = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    requests.push({ url: request.url ?? '', headers: request.headers });
    const url = new URL(request.url ?? '', 'http://origin');
    const status = /^\/status\/(\d+)$/.exec(url.pathname)?.[1];
    if (status !== undefined) response.writeHead(Number(status)).end('a page about it');
    else (answers[url.pathname] ?? answerRange)(request, response, url);
  };
  const server = options.tls
    ? createSecureServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, listener)
    : createServer(listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
