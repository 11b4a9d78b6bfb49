// Who takes nothing of an answer loses the connection. Node's own timeout of a socket takes bytes that went into the system's
// buffers just after they were written for progress, and so waits twice as long; looking more often makes that little.
import type { ServerResponse } from 'node:http';
import type { ReaderPatience } from './reader-patience.ts';

/** How often a client is looked at within its idle time. */
const LOOKS = 12;

const SILENCE = Symbol('silence');
type Silence = { looks: number; bytesWritten: number; sinceMs: number };
type Answering = ServerResponse & { [SILENCE]?: Silence };

/** From here on it is the client's turn: the answer has begun. */
export function waitForReader(answer: Answering, { idleMs }: ReaderPatience): void {
  answer[SILENCE] = { looks: 0, bytesWritten: 0, sinceMs: 0 };
  answer.socket?.setTimeout(idleMs / LOOKS);
}

/**
 * What to do when nothing has moved on an answer's connection for a while; it is called as the answer. While we are at work
 * that says nothing.
 */
export function createQuietHandler({ idleMs }: ReaderPatience): (this: Answering) => void {
  const lookMs = idleMs / LOOKS;
  return function onQuiet() {
    const { socket, [SILENCE]: silence } = this;
    if (silence === undefined || socket === null) return;
    const nowMs = performance.now();
    // Bytes that went have put a look off by another.
    const isSilent = silence.bytesWritten === socket.bytesWritten && nowMs - silence.sinceMs < 1.9 * lookMs;
    silence.looks = isSilent ? silence.looks + 1 : 1;
    silence.bytesWritten = socket.bytesWritten;
    silence.sinceMs = nowMs;
    if (silence.looks >= LOOKS) this.destroy();
    else socket.setTimeout(lookMs);
  };
}
