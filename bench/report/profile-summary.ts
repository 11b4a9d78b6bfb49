// Sums a V8 CPU profile: which package or folder of ours the main thread worked for, and in which functions.
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };

/** What `--cpu-prof` writes, as far as it is needed here. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

export type TimeShare = { readonly name: string; readonly ms: number };
export type ProfileSummary = {
  /** Without idle time. */
  readonly busyMs: number;
  /** By the function that ran, and for whom. */
  readonly functions: readonly TimeShare[];
  /** By the innermost frame that is neither native nor Node's own: what Node does counts for whoever asked for it. */
  readonly owners: readonly TimeShare[];
};

type Place = { readonly name: string; readonly owner: string };

const ROOT = resolve(import.meta.dirname, '../..');
/** Nobody in particular: what the event loop begins by itself. */
const NOBODY: Place = { name: '', owner: 'node' };

/** What V8 counts beside the functions. */
const OUTSIDE: ReadonlySet<string> = new Set(['(program)', '(idle)', '(garbage collector)']);

/** Leaves out what came before `fromMs` after the start, which is starting up. */
export function summariseProfile(profile: CpuProfile, { fromMs }: { fromMs: number }): ProfileSummary {
  const places = placeNodes(profile);
  const functions = new Map<string, number>();
  const owners = new Map<string, number>();
  let busyMs = 0;
  let atMs = 0;
  profile.samples.forEach((id, index) => {
    const ms = (profile.timeDeltas[index] ?? 0) / 1000;
    atMs += ms;
    const { name, owner } = places.get(id) ?? NOBODY;
    if (atMs < fromMs || name === '(idle)') return;
    functions.set(name, (functions.get(name) ?? 0) + ms);
    owners.set(owner, (owners.get(owner) ?? 0) + ms);
    busyMs += ms;
  });
  return { busyMs, functions: sorted(functions), owners: sorted(owners) };
}

function placeNodes({ nodes }: CpuProfile): ReadonlyMap<number, Place> {
  const frames = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, Place>();
  const [root] = nodes;
  const open = root === undefined ? [] : [{ node: root, caller: NOBODY }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const place = toPlace(next.node.callFrame, next.caller);
    places.set(next.node.id, place);
    for (const id of next.node.children ?? []) {
      const node = frames.get(id);
      if (node !== undefined) open.push({ node, caller: place });
    }
  }
  return places;
}

function toPlace({ functionName, url, lineNumber }: CallFrame, caller: Place): Place {
  const name = functionName || '(anonymous)';
  if (name === '(root)') return NOBODY;
  if (OUTSIDE.has(name)) return { name, owner: name };
  if (!url.startsWith('file:')) return { name: `${name} ${url || 'native'}, for ${caller.owner}`, owner: caller.owner };
  const path = relative(ROOT, fileURLToPath(url));
  return { name: `${name} ${path}:${lineNumber + 1}`, owner: toOwner(path) };
}

/** A package, or a file of ours. */
function toOwner(path: string): string {
  const [, inPackage] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return inPackage ?? path;
}

function sorted(times: ReadonlyMap<string, number>): readonly TimeShare[] {
  return [...times].map(([name, ms]) => ({ name, ms })).toSorted((a, b) => b.ms - a.ms);
}
