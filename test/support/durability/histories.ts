// What names have had and have, while contents are replaced, deleted and restored: each client beside a plain model of its
// own names, and all of them at names in common. Imports nothing of the source.
import { createHash, randomBytes, randomInt } from 'node:crypto';

/** A resource, there or in the trash: the digests of its contents, the present one last. */
export type History = { readonly id: string | null; readonly contents: readonly string[] };
/** What stands at a name and what was deleted from it; a client deletes nothing more before that is restored or gone. */
export type Place = { readonly live: History | null; readonly trashed: History | null };

const STEPS = ['write', 'restoreVersion', 'trash', 'untrash', 'purge'] as const;
type Kind = (typeof STEPS)[number];
type Step = { readonly kind: Kind; readonly content: Buffer; readonly sha256: string; readonly number: number };

/** What a client had asked last: before it, after it, or where it was answered only that. */
export type Possible = { readonly place: string; readonly states: readonly Place[] };
type Acknowledged = { readonly id: string; readonly sha256: string };

export type HistoryLoad = {
  /** The places that only one client changes, with what each may have come to. */
  possible(): readonly Possible[];
  /** What answers said of the places in common. */
  readonly acknowledged: readonly Acknowledged[];
  /** Every content that was ever sent to them. */
  readonly sent: ReadonlySet<string>;
  /** How many answers there were of each kind of step. */
  readonly answers: ReadonlyMap<Kind, number>;
  unanswered(): number;
  /** Answers that the model does not give. */
  readonly unexpected: readonly string[];
  /** Begins nothing more, and resolves when all that was begun has ended. */
  stop(): Promise<void>;
};

export const STEP_KINDS: readonly Kind[] = STEPS;
/** In the database's row, in one piece, in a staged file or a multipart upload. */
const SIZES_BYTES = [300, 300, 9_000, 100_000, 6_000_000];
/** What several histories have: its blob goes with the last of them only. */
const SHARED = [Buffer.alloc(400, 'shared '), Buffer.alloc(120_000, 'shared and larger ')];
const PLACES_A_CLIENT = 2;
const COMMON_NAMES = ['a', 'b', 'c'];
const NOTHING: Place = { live: null, trashed: null };

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const presentOf = (history: History | null) => history?.contents.at(-1);
const toKey = ({ live, trashed }: Place) => JSON.stringify([live?.contents, trashed?.contents]);

/** Whether both have had and have the same, whatever their resources are called. */
export const isSamePlace = (one: Place, other: Place): boolean => toKey(one) === toKey(other);

function createContent(): Buffer {
  if (randomInt(4) === 0) return SHARED[randomInt(SHARED.length)] as Buffer;
  const content = Buffer.alloc(SIZES_BYTES[randomInt(SIZES_BYTES.length)] as number, 'x');
  randomBytes(32).copy(content);
  return content;
}

function chooseStep({ live, trashed }: Place): Step {
  const kinds: Kind[] = ['write', 'write'];
  if (live !== null) kinds.push('restoreVersion');
  if (live !== null && trashed === null) kinds.push('trash', 'trash');
  if (trashed !== null) kinds.push('untrash', 'untrash', 'purge');
  const content = createContent();
  const number = 1 + randomInt(live?.contents.length ?? 1);
  return { kind: kinds[randomInt(kinds.length)] as Kind, content, sha256: sha256Of(content), number };
}

/** The history with one content more, unless it has that already: then it is the same one. */
function add(history: History, sha256: string | undefined): History {
  if (sha256 === undefined || presentOf(history) === sha256) return history;
  return { ...history, contents: [...history.contents, sha256] };
}

/** What a step makes of a place. What is new there has no id before it is answered. */
function takeStep(place: Place, { kind, sha256, number }: Step): Place {
  const { live, trashed } = place;
  if (kind === 'write') return { ...place, live: live === null ? { id: null, contents: [sha256] } : add(live, sha256) };
  if (kind === 'purge') return { ...place, trashed: null };
  if (kind === 'trash') return { live: null, trashed: live };
  if (kind === 'restoreVersion') return { ...place, live: live && add(live, live.contents[number - 1]) };
  if (live === null) return { live: trashed, trashed: null };
  const replaced = add(live, presentOf(trashed));
  // Equal content is kept, and what it was to be restored from stays where it is.
  return replaced === live ? place : { live: replaced, trashed: null };
}

type Answer = { readonly status: number; readonly json: { readonly [key: string]: unknown } };
type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

const toAsk =
  (url: string, token: string): Ask =>
  async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Answer['json'] };
  };

const toCreate = (directory: string, name: string, content: Buffer) => ({
  name,
  directory_path: directory,
  content: `data:application/x-load;base64,${content.toString('base64')}`,
  on_conflict: 'replace',
});

function ask(step: Step, { live, trashed }: Place, { directory, name, send }: Named & { send: Ask }): Promise<Answer> {
  if (step.kind === 'write') return send('POST', '/v1/resources', toCreate(directory, name, step.content));
  if (step.kind === 'trash') return send('DELETE', `/v1/resources/${live?.id}`);
  if (step.kind === 'purge') return send('DELETE', `/v1/trash/${trashed?.id}`);
  if (step.kind === 'untrash') return send('POST', `/v1/trash/${trashed?.id}/restore`, { on_conflict: 'replace' });
  return send('POST', `/v1/resources/${live?.id}/versions/${step.number}/restore`);
}

type Named = { readonly directory: string; readonly name: string };

export type HistoryLoadOptions = {
  readonly token: string;
  /** The gateway of each client. */
  readonly urls: readonly string[];
  /** What stands at the places of clients before, by `/directory/name`. */
  readonly before: ReadonlyMap<string, Place>;
};

/** Starts at once; whoever starts it stops it. */
export function startHistoryLoad({ token, urls, before }: HistoryLoadOptions): HistoryLoad {
  const possible = new Map<string, readonly Place[]>();
  const acknowledged: Acknowledged[] = [];
  const sent = new Set<string>();
  const answers = new Map<Kind, number>();
  const unexpected: string[] = [];
  let unanswered = 0;
  let stopped = false;
  const count = (kind: Kind) => answers.set(kind, (answers.get(kind) ?? 0) + 1);

  async function changeOwn(named: Named, send: Ask): Promise<void> {
    const path = `${named.directory}/${named.name}`;
    const [place = before.get(path) ?? NOTHING] = possible.get(path) ?? [];
    const step = chooseStep(place);
    const after = takeStep(place, step);
    possible.set(path, [place, after]);
    const { status, json } = await ask(step, place, { ...named, send });
    const id = typeof json.id === 'string' ? json.id : null;
    const isTrue = json.deleted === 1 || (json.sha256 === presentOf(after.live) && (after.live?.id ?? id) === id);
    if (status !== 200 || !isTrue) unexpected.push(`${step.kind} ${status} ${JSON.stringify(json)}`);
    possible.set(path, [{ ...after, live: after.live && { ...after.live, id: after.live.id ?? id } }]);
    count(step.kind);
  }

  async function changeCommon(name: string, send: Ask): Promise<void> {
    const known = acknowledged.at(-1);
    const isWrite = known === undefined || randomInt(3) > 0;
    const content = createContent();
    if (isWrite) sent.add(sha256Of(content));
    const { status, json } = isWrite
      ? await send('POST', '/v1/resources', toCreate('/common', name, content))
      : await send('POST', `/v1/resources/${known.id}/versions/1/restore`);
    const { id, sha256 } = json as Acknowledged;
    // Others may be faster, so what the answer tells of is not always what was sent.
    if (status !== 200 || (isWrite && sha256 !== sha256Of(content))) unexpected.push(JSON.stringify(json));
    else acknowledged.push({ id, sha256 });
  }

  async function runClient(url: string, client: number): Promise<void> {
    const send = toAsk(url, token);
    for (let turn = 0; !stopped; turn += 1) {
      const own = { directory: `/client-${client}`, name: `${turn % PLACES_A_CLIENT}` };
      const common = COMMON_NAMES[(turn + client) % COMMON_NAMES.length] as string;
      try {
        await (randomInt(3) === 0 ? changeCommon(common, send) : changeOwn(own, send));
      } catch {
        unanswered += 1;
        return;
      }
    }
  }

  const running = urls.map(runClient);
  return {
    possible: () => [...possible].map(([place, states]) => ({ place, states })),
    acknowledged,
    sent,
    answers,
    unanswered: () => unanswered,
    unexpected,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
