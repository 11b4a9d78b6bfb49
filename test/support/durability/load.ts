// Creates without a pause, from several clients at once, and what became of each. Imports nothing of the source.
import { createHash, randomBytes, randomInt } from 'node:crypto';

export type Acknowledged = { readonly id: string; readonly sha256: string; readonly sizeBytes: number };

export type Load = {
  /** Every create that was answered with 200. */
  readonly acknowledged: readonly Acknowledged[];
  /** How many were answered with 500: they may or may not have been stored. */
  failed(): number;
  /** How many got no answer. */
  unanswered(): number;
  /** For how long no create has ended: long, when all are stuck. */
  quietMs(): number;
  /** Answers that no create should get. */
  readonly unexpected: readonly string[];
  /** Begins nothing more, and resolves when all that was begun has ended. */
  stop(): Promise<void>;
};

export type LoadOptions = {
  readonly urls: readonly string[];
  readonly token: string;
  readonly clients: number;
  readonly sizesBytes?: readonly number[];
};

/** In the database's row, in one piece or PutObject, in a staged file or a multipart upload. */
const MIXED_BYTES = [300, 300, 9_000, 100_000, 100_000, 100_000, 6_000_000];

/** Contents that several clients send: what is known already is not stored again. */
const SHARED = [Buffer.alloc(400, 'shared '), Buffer.alloc(120_000, 'shared and larger ')];

function createContent(sizesBytes: readonly number[]): Buffer {
  if (randomInt(5) === 0) return SHARED[randomInt(SHARED.length)] as Buffer;
  const content = Buffer.alloc(sizesBytes[randomInt(sizesBytes.length)] as number, 'x');
  randomBytes(Math.min(32, content.length)).copy(content);
  return content;
}

/** Starts at once; whoever starts it stops it. */
export function startLoad({ urls, token, clients, sizesBytes = MIXED_BYTES }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const unexpected: string[] = [];
  let failed = 0;
  let unanswered = 0;
  let stopped = false;
  let lastEndMs = performance.now();

  async function createOne(url: string): Promise<void> {
    const bytes = createContent(sizesBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const response = await fetch(`${url}/v1/resources`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: crypto.randomUUID(),
        directory_path: '/load',
        content: `data:application/x-load;base64,${bytes.toString('base64')}`,
        tags: ['a', 'b'],
      }),
    });
    const answer = (await response.json()) as { id: string; sha256: string };
    if (response.status === 500) failed += 1;
    else if (response.status !== 200 || answer.sha256 !== sha256) unexpected.push(JSON.stringify(answer));
    else acknowledged.push({ id: answer.id, sha256, sizeBytes: bytes.length });
  }

  async function runClient(number: number): Promise<void> {
    while (!stopped) {
      const failure = await createOne(urls[number % urls.length] as string).catch((thrown: unknown) => thrown);
      lastEndMs = performance.now();
      if (failure === undefined) continue;
      unanswered += 1;
      // A gateway that is gone refuses at once; this is not to become a busy loop.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const running = Array.from({ length: clients }, (_, number) => runClient(number));
  return {
    acknowledged,
    unexpected,
    failed: () => failed,
    unanswered: () => unanswered,
    quietMs: () => performance.now() - lastEndMs,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
