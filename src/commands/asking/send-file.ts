// Makes the file at a path of the gateway be the one that is here, and sends nothing that is there already.

import type { Resource } from '../../../client/src/index.ts';
import { fileJournal, openFile } from '../../../client/src/node.ts';
import type { Asking } from './command.ts';
import { type LocalFile, sha256OfFile } from './local-files.ts';
import { findFile, type Place, pathOf } from './remote-files.ts';

export type Sent = 'created' | 'kept' | 'replaced';

export type SendOptions = {
  readonly place: Place;
  /** What is there; null when nothing is, undefined when it has not been looked for. */
  readonly there?: Pick<Resource, 'sha256'> | null;
  readonly isReplacing: boolean;
};

/** @throws GatewayError `conflict` when another content is there and may not be replaced */
export async function sendFile(file: LocalFile, options: SendOptions, asking: Asking): Promise<Sent> {
  const { client, signal, isDry } = asking;
  const there = options.there === undefined ? await findFile(client, pathOf(options.place), signal) : options.there;
  if (there === null) {
    if (!isDry) await upload(file, options, asking);
    return 'created';
  }
  const sha256 = await sha256OfFile(file.path, signal);
  if (there.sha256 === sha256) return 'kept';
  if (!options.isReplacing) throw new Error('another content has this name; --replace puts this one in its place');
  if (!isDry) await upload(file, options, asking);
  return 'replaced';
}

async function upload(
  { path, below, sizeBytes }: LocalFile,
  { place, isReplacing }: Pick<SendOptions, 'place' | 'isReplacing'>,
  { client, report, signal, journal }: Asking,
): Promise<void> {
  const bar = report.begin(below, sizeBytes);
  try {
    await client.upload(await openFile(path), {
      ...place,
      // What has come to be there meanwhile is judged by the gateway.
      onConflict: isReplacing ? 'replace' : 'keep',
      signal,
      journal: fileJournal(journal),
      onProgress: ({ sentBytes }) => bar.moved(sentBytes),
    });
  } finally {
    bar.end();
  }
}
