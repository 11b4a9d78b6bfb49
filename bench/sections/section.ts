// What every section is given, and what it gives: its part of the report, in Markdown.
import type { World } from '../servers/world.ts';
import type { Settings } from '../settings.ts';

export type Bench = {
  readonly world: World;
  readonly settings: Settings;
  /** Told before each measure. */
  onMeasure(what: string): void;
};

export type Section = (bench: Bench) => Promise<string>;
