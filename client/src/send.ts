// One HTTP request with a body, and how much of it has left. Browsers tell that only through XMLHttpRequest (the Fetch
// standard has no upload progress); elsewhere the body is a stream that counts.
export type Sending = {
  readonly method: 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Blob | FormData;
  /** `counted` streams the body, so that its bytes are told as they leave; a store may want to know its length instead. */
  readonly framing: 'counted' | 'sized';
  /** Told how many bytes of the body have left, headers of a form included. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** A whole answer; `header` gives null for one that is not there or may not be read. */
export type Answer = {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
};

/** The part of XMLHttpRequest that is used, since not every program has the types of a browser. */
type Exchange = {
  readonly upload: { onprogress: ((event: { readonly loaded: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  readonly status: number;
  readonly responseText: string;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: Blob | FormData): void;
  abort(): void;
};

/** Sends it once. Rejects when there is no answer, and with the signal's reason when it is aborted. */
export function send(sending: Sending): Promise<Answer> {
  const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: new () => Exchange };
  return XMLHttpRequest === undefined ? sendByFetch(sending) : sendByExchange(new XMLHttpRequest(), sending);
}

function sendByExchange(exchange: Exchange, { method, url, headers, body, onSent, signal }: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const abort = () => exchange.abort();
    const settle = (end: () => void) => () => {
      signal.removeEventListener('abort', abort);
      end();
    };
    exchange.open(method, url);
    for (const [name, value] of Object.entries(headers)) exchange.setRequestHeader(name, value);
    exchange.upload.onprogress = ({ loaded }) => onSent(loaded);
    exchange.onload = settle(() =>
      resolve({
        status: exchange.status,
        header: (name) => exchange.getResponseHeader(name),
        text: exchange.responseText,
      }),
    );
    exchange.onerror = settle(() => reject(new TypeError('the connection failed')));
    exchange.onabort = settle(() => reject(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) settle(() => reject(signal.reason))();
    else exchange.send(body);
  });
}

async function sendByFetch({ method, url, headers, body, framing, onSent, signal }: Sending): Promise<Answer> {
  const isStream = body instanceof Blob && framing === 'counted' && body.size > 0;
  const response = await fetch(url, {
    method,
    headers,
    signal,
    ...(isStream ? { body: countBytes(body, onSent), duplex: 'half' as const } : { body }),
  });
  return { status: response.status, header: (name) => response.headers.get(name), text: await response.text() };
}

function countBytes(body: Blob, onSent: (bytes: number) => void): ReadableStream<Uint8Array> {
  let sent = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      sent += piece.length;
      controller.enqueue(piece);
      onSent(sent);
    },
  });
  return body.stream().pipeThrough(counting);
}
