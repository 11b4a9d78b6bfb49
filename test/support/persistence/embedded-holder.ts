// A process that opens the embedded database, stores records, says the id of each acknowledged one, and waits.
import { openRepository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from './records.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('give the directory of the database');
const repository = await openRepository({ database: { kind: 'embedded', directory, url: null } });
for (;;) {
  const record = createRecord();
  await repository.insert(record, createContent());
  process.stdout.write(`${record.id}\n`);
}
