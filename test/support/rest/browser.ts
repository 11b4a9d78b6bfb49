// A real browser without a window, where the machine has one, spoken to by its DevTools protocol.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type BrowserPage = AsyncDisposable & {
  /** What an expression comes to in the page, by value; a promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
};

/** Where distributions put Chromium and Chrome; null where there is none. */
export function findBrowser(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return names.map((name) => join('/usr/bin', name)).find((path) => existsSync(path)) ?? null;
}

/** Opens `url` on a screen of that size, and waits until it has loaded. */
export async function openPage(
  browser: string,
  { url, width, height }: { url: string; width: number; height: number },
): Promise<BrowserPage> {
  const profile = await mkdtemp(join(tmpdir(), 'gateway-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', '--hide-scrollbars'];
  const child = spawn(browser, [...flags, `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  try {
    const socket = new WebSocket(await findAddress(child.stderr));
    child.stderr.resume();
    cleanup.defer(() => socket.close());
    await once(socket, 'open');
    const send = createCaller(socket);
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    const call = (method: string, params: object) => send(method, params, sessionId as string);
    await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: true });
    await call('Page.enable', {});
    const loaded = waitFor(socket, 'Page.loadEventFired');
    await call('Page.navigate', { url });
    await loaded;
    return {
      async evaluate(expression) {
        const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
        const { result } = (await call('Runtime.evaluate', options)) as { result: { value?: unknown } };
        return result.value;
      },
      [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

type Message = { id?: number; method?: string; result?: { [key: string]: unknown }; error?: { message: string } };
type Call = (method: string, params: object, sessionId?: string) => Promise<{ [key: string]: unknown }>;

async function findAddress(stderr: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
    if (said.length < 20) said.push(line);
  }
  throw new Error(`the browser did not start:\n${said.join('\n')}`);
}

function createCaller(socket: WebSocket): Call {
  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<{ [key: string]: unknown }>>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Message;
    const answer = id === undefined ? undefined : waiting.get(id);
    if (error !== undefined) answer?.reject(new Error(error.message));
    else answer?.resolve(result ?? {});
  });
  return (method, params, sessionId) => {
    last += 1;
    const answer = Promise.withResolvers<{ [key: string]: unknown }>();
    waiting.set(last, answer);
    socket.send(JSON.stringify({ id: last, method, params, sessionId }));
    return answer.promise;
  };
}

function waitFor(socket: WebSocket, event: string): Promise<void> {
  return new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      if ((JSON.parse(String(data)) as Message).method === event) resolve();
    });
  });
}
