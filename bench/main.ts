// Runs the benchmarks that the command line names and prints them as Markdown, with the machine they ran on.
import { describeMachine } from './report/machine.ts';
import { runBare } from './sections/bare.ts';
import { runContents } from './sections/contents.ts';
import { runCrowd } from './sections/crowd.ts';
import { runEmbedded } from './sections/embedded.ts';
import { runEvents } from './sections/events.ts';
import { runLarge } from './sections/large.ts';
import { runLists } from './sections/lists.ts';
import { runLive } from './sections/live.ts';
import { runMemory } from './sections/memory.ts';
import { runProfile } from './sections/profile.ts';
import { runReads } from './sections/reads.ts';
import { runRemote } from './sections/remote.ts';
import type { Section } from './sections/section.ts';
import { runSmall } from './sections/small.ts';
import { runStall } from './sections/stall.ts';
import { runStart } from './sections/start.ts';
import { runUploads } from './sections/uploads.ts';
import { openWorld } from './servers/world.ts';
import { HELP, parseSettings, type SectionName } from './settings.ts';

const SECTIONS: { readonly [Name in SectionName]: Section } = {
  small: runSmall,
  large: runLarge,
  memory: runMemory,
  stall: runStall,
  lists: runLists,
  reads: runReads,
  contents: runContents,
  events: runEvents,
  live: runLive,
  crowd: runCrowd,
  bare: runBare,
  remote: runRemote,
  embedded: runEmbedded,
  start: runStart,
  uploads: runUploads,
  profile: runProfile,
};

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  const settings = parseSettings(process.argv.slice(2));
  // Leaving this way gives everything that was started a chance to clean up.
  process.once('SIGINT', () => process.exit(130));
  await using world = await openWorld();
  const print = (text: string) => void process.stdout.write(`${text}\n\n`);
  const onMeasure = (what: string) => void process.stderr.write(`... ${what}\n`);
  print(await describeMachine(world));
  for (const name of settings.sections) print(await SECTIONS[name]({ world, settings, onMeasure }));
}

await main();
