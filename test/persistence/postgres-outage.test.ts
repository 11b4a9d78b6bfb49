import { describe, expect, it } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { createDatabase, startPostgres } from '../support/servers/postgres.ts';

const call = { signal: new AbortController().signal };

describe('when PostgreSQL goes away', () => {
  it('fails soon, keeps what was acknowledged, and works again once it is back, without a restart', async () => {
    await using server = await startPostgres();
    // Not disposed of: it goes with the server.
    const { url } = await createDatabase(server.url);
    const repository = await openRepository({ database: { kind: 'postgres', url } });
    const before = createRecord();
    await repository.insert(before, createContent());

    await server.crash();
    await expect(repository.check(call)).rejects.toMatchObject({ code: 'internal' });
    const lost = await Promise.allSettled(
      Array.from({ length: 20 }, () => repository.insert(createRecord(), createContent())),
    );
    expect(new Set(lost.map(({ status }) => status))).toEqual(new Set(['rejected']));

    await server.start();
    await repository.check(call);
    expect(await repository.findById(before, call)).toMatchObject({ id: before.id });
    expect(await repository.insert(createRecord(), createContent())).toMatchObject({ kind: 'created' });
    await repository.close();
  });

  it('survives the loss of idle connections', async () => {
    await using server = await startPostgres();
    const { url } = await createDatabase(server.url);
    const lines: string[] = [];
    const repository = await openRepository({
      database: { kind: 'postgres', url },
      log: (line) => lines.push(line),
    });
    await Promise.all(Array.from({ length: 5 }, () => repository.check(call)));
    await server.stop();
    await server.start();
    await repository.check(call);
    expect(lines.join('\n')).toContain('an idle connection to PostgreSQL was lost');
    await repository.close();
  });

  it('says within its time limit that there is no server to open', async () => {
    const server = await startPostgres();
    await server[Symbol.asyncDispose]();
    await expect(openRepository({ database: { kind: 'postgres', url: server.url } })).rejects.toThrow(/ECONNREFUSED/);
  });
});
