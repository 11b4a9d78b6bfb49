// Who has an upload: one request at a time, in this process or in any other on the database. A new request ends the one
// before it, which keeps what has arrived and gives the upload up; one that was killed runs out of its hold in seconds.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '../errors.ts';
import { raceSignal } from '../flow/race-signal.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { RemovedUpload, SaveOptions, UploadChange, UploadHold, UploadRecords, UploadRef } from './ports.ts';
import { hasAllBytes, type Upload } from './upload.ts';

/** One request's hold on an upload. Whoever has it gives it up. */
export type HeldUpload = {
  /** As it was when the hold began or was last saved. */
  upload(): Upload;
  /** Whether the hold before it ran out without being given up. */
  readonly isTakeover: boolean;
  /** Aborted when another request wants the upload, or this one has lost it. */
  readonly wanted: AbortSignal;
  /** Aborted when this one has lost it: nothing that it does counts any more. */
  readonly lost: AbortSignal;
  /** From now on another request waits for the end instead of hastening it. */
  finish(): void;
  /** Changes the upload, and with `release` gives it up. @throws GatewayError `upload_busy` when another request has it */
  save(change: Partial<UploadChange>, options?: { readonly release: boolean }): Promise<Upload>;
  /** Keeps room for its first `bytes`, when its size is not known. False when the account has not so much. */
  reserve(bytes: number): Promise<boolean>;
  /** Gives it up as it is, and says so: it lives no longer for having been looked at. @throws GatewayError as `save` does */
  giveBack(): Promise<Upload>;
  /** The same for whoever has failed; harmless when it was given up before. Never rejects. */
  release(): Promise<void>;
  /** Removes it. Null when another request has it. */
  remove(): Promise<RemovedUpload | null>;
  /** Says that it was given up by another way: a record has taken it. */
  end(): void;
};

export type UploadHolds = {
  /**
   * Waits until the upload is free, having asked whoever has it to give it up.
   * @throws GatewayError `not_found`; `upload_busy` when it is being finished for long
   */
  take(upload: UploadRef, options: CallOptions): Promise<HeldUpload>;
  /** Holds the upload if nobody else does; else null. */
  takeIfFree(upload: UploadRef, options: CallOptions): Promise<HeldUpload | null>;
  /** Aborted when this process stops: what is being finished is left to others. */
  readonly closing: AbortSignal;
  /** How many this process has. */
  count(): number;
  /** Ends what is still going on; resolves when it has ended, or soon. */
  close(): Promise<void>;
};

export type UploadHoldsOptions = {
  readonly records: UploadRecords;
  /** How long an upload lives on after each change. */
  readonly ttlMs: number;
  /** How long a hold is good for without a renewal; 5,000 when absent. */
  readonly leaseMs?: number;
};

const LEASE_MS = 5_000;
/** Five renewals may fail before a hold runs out. */
const RENEWALS = 6;
const POLL_MS = 150;
/** Longest wait for an upload that is being finished. */
const MAX_WAIT_MS = 15_000;
/** A change outlives its client: what has arrived is to be remembered. */
const SAVE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
const RETRY_AFTER_S = 1;
/** When somebody has to look after an upload that has all its bytes but was not finished, and after a direct one. */
const UNFINISHED_MS = 5_000;
const DIRECT_MS = 600_000;

type Entry = {
  readonly hold: UploadHold;
  readonly wanted: AbortController;
  readonly lost: AbortController;
  readonly ended: Promise<void>;
  readonly end: () => void;
  isFinishing: boolean;
  renewedMs: number;
};

/** Nothing is held yet. Whoever creates it closes it. */
export function createUploadHolds({ records, ttlMs, leaseMs = LEASE_MS }: UploadHoldsOptions): UploadHolds {
  const mine = new Map<string, Entry>();
  const closing = new AbortController();
  let renewal: NodeJS.Timeout | null = null;

  const lose = (entry: Entry): void => {
    entry.lost.abort(busy());
    entry.wanted.abort(entry.lost.signal.reason);
  };
  const renew = async (): Promise<void> => {
    const entries = [...mine.values()];
    if (entries.length === 0) return;
    const askedMs = performance.now();
    try {
      const signal = AbortSignal.timeout(leaseMs);
      const held = await records.renewHolds(
        entries.map(({ hold }) => hold),
        { leaseMs, signal },
      );
      const byOwner = new Map(held.map((one) => [one.owner, one]));
      for (const entry of entries) {
        const found = byOwner.get(entry.hold.owner);
        if (found === undefined) lose(entry);
        else entry.renewedMs = askedMs;
        if (found?.isWanted === true && !entry.isFinishing) entry.wanted.abort(busy());
      }
    } catch {
      for (const entry of entries) if (performance.now() - entry.renewedMs > leaseMs) lose(entry);
    }
  };
  const keepRenewing = (): void => {
    renewal ??= setInterval(() => {
      if (mine.size === 0) {
        clearInterval(renewal ?? undefined);
        renewal = null;
      } else void renew();
    }, leaseMs / RENEWALS).unref();
  };

  const open = (hold: UploadHold, first: Upload, isTakeover: boolean): HeldUpload => {
    const key = toKey(hold);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const entry: Entry = {
      hold,
      wanted: new AbortController(),
      lost: new AbortController(),
      ended,
      end() {
        if (mine.get(key) === entry) mine.delete(key);
        resolve();
      },
      isFinishing: false,
      renewedMs: performance.now(),
    };
    let upload = first;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      entry.end();
    };
    const saveFor = async (
      change: Partial<UploadChange>,
      { release, ttlMs }: Pick<SaveOptions, 'release' | 'ttlMs'>,
    ) => {
      const next = { ...upload, ...change };
      const signal = AbortSignal.timeout(SAVE_TIMEOUT_MS);
      const options = { release, leaseMs, ttlMs, dueMs: dueOf(next), signal };
      const saved = await records.saveUpload(hold, next, options);
      if (saved === null) lose(entry);
      if (saved === null || release) end();
      if (saved === null) throw busy();
      upload = saved;
      return saved;
    };
    const save: HeldUpload['save'] = (change, { release } = { release: false }) => saveFor(change, { release, ttlMs });
    const giveBack = () => saveFor({}, { release: true, ttlMs: null });
    mine.set(key, entry);
    keepRenewing();
    return {
      upload: () => upload,
      isTakeover,
      wanted: entry.wanted.signal,
      lost: entry.lost.signal,
      finish() {
        entry.isFinishing = true;
      },
      save,
      reserve: (bytes) => records.reserveUpload(hold, { bytes, signal: AbortSignal.timeout(SAVE_TIMEOUT_MS) }),
      giveBack,
      async release() {
        if (!isOver) await giveBack().catch(() => undefined);
        end();
      },
      async remove() {
        const removed = await records.removeUpload(hold, { signal: AbortSignal.timeout(SAVE_TIMEOUT_MS) });
        end();
        return removed;
      },
      end,
    };
  };

  const tryTake = async (upload: UploadRef, { signal }: CallOptions): Promise<HeldUpload | 'busy'> => {
    signal.throwIfAborted();
    const hold = { accountId: upload.accountId, id: upload.id, owner: randomUUID() };
    // Not aborted: a hold that nobody knows of would keep the next request waiting until it runs out.
    const outcome = await records.holdUpload(hold, { leaseMs, signal: AbortSignal.timeout(SAVE_TIMEOUT_MS) });
    if (outcome === null) throw new GatewayError('not_found', { uploadId: upload.id });
    if (outcome.kind === 'busy') return 'busy';
    const held = open(hold, outcome.upload, outcome.isTakeover);
    if (!signal.aborted) return held;
    await held.release();
    throw signal.reason;
  };

  return {
    closing: closing.signal,
    count: () => mine.size,
    async take(upload, { signal }) {
      const deadlineMs = performance.now() + MAX_WAIT_MS;
      while (performance.now() < deadlineMs) {
        const before = mine.get(toKey(upload));
        if (before === undefined) {
          const taken = await tryTake(upload, { signal });
          if (taken !== 'busy') return taken;
          await delay(POLL_MS, undefined, { signal });
          continue;
        }
        if (!before.isFinishing) before.wanted.abort(busy());
        const waitMs = Math.max(0, deadlineMs - performance.now());
        await raceSignal(Promise.race([before.ended, delay(waitMs, undefined, { ref: false })]), signal);
      }
      throw busy();
    },
    async takeIfFree(upload, options) {
      if (mine.has(toKey(upload))) return null;
      const taken = await tryTake(upload, options);
      return taken === 'busy' ? null : taken;
    },
    async close() {
      closing.abort(new Error('the gateway stops'));
      const entries = [...mine.values()];
      for (const entry of entries) entry.wanted.abort(closing.signal.reason);
      const all = Promise.all(entries.map(({ ended }) => ended));
      await Promise.race([all, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      clearInterval(renewal ?? undefined);
    },
  };
}

function toKey({ accountId, id }: UploadRef): string {
  return `${id} ${accountId}`;
}

function busy(): GatewayError<'upload_busy'> {
  return new GatewayError('upload_busy', { retryAfterSeconds: RETRY_AFTER_S });
}

/** When somebody should look after an upload unasked. */
export function dueOf(
  upload: Pick<Upload, 'state' | 'resource' | 'error' | 'method' | 'offsetBytes' | 'sizeBytes'>,
): number | null {
  if (upload.state === 'complete') return upload.resource !== null && upload.error === null ? UNFINISHED_MS : null;
  if (upload.state !== 'open') return null;
  if (upload.method === 'direct') return DIRECT_MS;
  return hasAllBytes(upload) ? UNFINISHED_MS : null;
}
