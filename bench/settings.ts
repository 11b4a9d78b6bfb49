// What the command line asks for.
import { parseArgs } from 'node:util';

export const SECTION_NAMES = [
  'small',
  'large',
  'memory',
  'stall',
  'lists',
  'reads',
  'contents',
  'events',
  'live',
  'crowd',
  'bare',
  'remote',
  'embedded',
  'start',
  'uploads',
  'profile',
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

export type Settings = {
  readonly sections: readonly SectionName[];
  readonly rounds: number;
  /** Of each throughput measure in each round. */
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** The "300 MB" create. */
  readonly largeBytes: number;
  /** The "2 GB" create: in base64 it is longer than V8's longest string, also in a smoke run. */
  readonly hugeBytes: number;
  /** Each of the 16 "200 MB" creates at once. */
  readonly crowdBytes: number;
  /** How many resources there are when lists are read, smallest first. */
  readonly listCounts: readonly number[];
};

const MB = 1e6;
const FULL = {
  warmUpMs: 2_000,
  largeBytes: 300 * MB,
  hugeBytes: 2_000 * MB,
  crowdBytes: 200 * MB,
  listCounts: [10_000, 100_000, 1_000_000],
};
const QUICK = {
  warmUpMs: 300,
  largeBytes: 30 * MB,
  hugeBytes: 600 * MB,
  crowdBytes: 10 * MB,
  listCounts: [1_000, 10_000],
};

export const HELP = `Measures the gateway beside a naive server and prints Markdown, with the machine it ran on.

Usage: npm run bench -- [flags] [section …]

  sections   ${SECTION_NAMES.join(', ')} (default: all but profile)
  --quick    small contents, one round of half seconds
  --rounds   how often each measure is taken, in turn with the others (default: 3)
  --seconds  how long each measure of throughput takes (default: 5)
  --help     prints this
`;

/** @throws Error naming what the command line may say */
export function parseSettings(args: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, seconds: { type: 'string' } },
  });
  const unknown = positionals.find((name) => !isSectionName(name));
  if (unknown !== undefined) throw new Error(`there is no section ${unknown}; there are ${SECTION_NAMES.join(', ')}`);
  const { quick } = values;
  const named = positionals.filter(isSectionName);
  return {
    sections: named.length > 0 ? named : SECTION_NAMES.filter((name) => name !== 'profile'),
    rounds: parsePositive('rounds', values.rounds ?? (quick ? '1' : '3')),
    durationMs: 1000 * parsePositive('seconds', values.seconds ?? (quick ? '0.5' : '5')),
    ...(quick ? QUICK : FULL),
  };
}

function isSectionName(name: string): name is SectionName {
  return SECTION_NAMES.some((known) => known === name);
}

function parsePositive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}
