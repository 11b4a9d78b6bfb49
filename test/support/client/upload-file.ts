// A program of a user's: uploads one file with a journal, and tells on each line how far it is, and the resource at the end.
import { createClient } from '../../../client/src/index.ts';
import { fileJournal, openFile } from '../../../client/src/node.ts';

const [url = '', token = '', path = '', journal = ''] = process.argv.slice(2);
const resource = await createClient({ url, token }).upload(await openFile(path), {
  directoryPath: '/',
  journal: fileJournal(journal),
  pieceBytes: 1_000_000,
  way: 'resumable',
  onProgress: ({ sentBytes }) => void process.stdout.write(`${sentBytes}\n`),
});
process.stdout.write(`${JSON.stringify(resource)}\n`);
