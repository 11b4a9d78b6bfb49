// One request to exactly the given addresses, up to the answer's headers. It resolves no name, follows nothing, keeps nothing.
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type OnReadOpts, type Socket } from 'node:net';
import { remoteAnswered, remoteFailed, toRemoteFailure } from '../failures.ts';
import { toHost, toPort } from '../guard/fetch-policy.ts';
import type { RemoteLimits, ResolvedAddress } from '../options.ts';

export type RequestHeaders = { readonly [name: string]: string };

export type HttpExchange = {
  readonly url: URL;
  /** Judged already. */
  readonly addresses: readonly ResolvedAddress[];
  readonly headers: RequestHeaders;
  readonly limits: Pick<RemoteLimits, 'headerTimeoutMs' | 'maxHeaderBytes'>;
  /** Aborting it closes the connection, also while the body is read. */
  readonly signal: AbortSignal;
  /** What is posted; absent: it is a GET. */
  readonly body?: string;
};

const READ_BYTES = 64 * 1024;

// In place of the resolver: net tries these in turn (RFC 8305) and can find no others.
function createFixedLookup(addresses: readonly ResolvedAddress[]): NonNullable<RequestOptions['lookup']> {
  return (_hostname, options, callback) => {
    const usable = addresses.filter(({ family }) => !options.family || options.family === family);
    const [first = addresses[0]] = usable;
    if (options.all) callback(null, [...(usable.length === 0 ? addresses : usable)]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/**
 * Has every read of a connection use one buffer, since the parser copies what it gives on: a second fresh buffer for each
 * piece of a body makes V8 run full collections for them alone.
 */
function createOnRead(): OnReadOpts {
  return {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback(this: Socket, bytes, buffer) {
      this.emit('data', Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      return true;
    },
  };
}

type ConnectionOptions = { readonly onread: OnReadOpts; readonly servername?: string };

function toRequestOptions({ url, addresses, headers, limits, body }: HttpExchange): RequestOptions & ConnectionOptions {
  const host = toHost(url);
  return {
    method: body === undefined ? 'GET' : 'POST',
    hostname: host,
    port: toPort(url),
    path: `${url.pathname}${url.search}`,
    // Without an agent there is no pooled socket, no cookie and no proxy from the environment.
    agent: false,
    lookup: createFixedLookup(addresses),
    maxHeaderSize: limits.maxHeaderBytes,
    setHost: false,
    onread: createOnRead(),
    headers: {
      host: url.host,
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'resource-gateway',
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
    // RFC 6066: no literal address and no trailing dot in SNI.
    ...(url.protocol === 'https:' && isIP(host) === 0 ? { servername: host } : {}),
  };
}

/**
 * The answer, its body not read yet: whoever gets it reads it to the end or aborts the signal.
 * @throws GatewayError `remote_failed`; the signal's reason when it aborts
 */
export function sendExchange(exchange: HttpExchange): Promise<IncomingMessage> {
  const { signal, limits } = exchange;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const send = exchange.url.protocol === 'https:' ? requestHttps : requestHttp;
    const request: ClientRequest = send(toRequestOptions(exchange));
    const tooSlow = setTimeout(() => {
      request.destroy(remoteFailed('the remote did not answer in time'));
    }, limits.headerTimeoutMs);
    const onAbort = () => request.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    request.once('close', () => {
      clearTimeout(tooSlow);
      signal.removeEventListener('abort', onAbort);
      // Nothing to reject once an answer came; otherwise whatever closed the connection had no error of its own.
      reject(signal.aborted ? signal.reason : remoteFailed('the remote cut the connection'));
    });
    // Stays for good: an error after the answer belongs to whoever reads the body, and must not go unheard here.
    request.on('error', (error) => reject(signal.aborted ? signal.reason : toRemoteFailure(error)));
    // Destroying the request would leave the error to the socket, which nobody listens to: the process would end.
    request.once('upgrade', (_response, socket) => {
      reject(remoteAnswered(101));
      socket.on('error', () => {}).destroy();
    });
    request.once('response', (response) => {
      clearTimeout(tooSlow);
      response.on('error', () => {});
      resolve(response);
    });
    request.end(exchange.body);
  });
}
