import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type Bound, db, prepare, toStatement } from '../../../src/persistence/database/typed-sql.ts';

type Input = { readonly accountId: string; readonly name: string; readonly from: Date };

describe('a prepared statement', () => {
  const create = prepare('some', ({ accountId, name, from }: Bound<Input>) =>
    db
      .selectFrom('resources')
      .select('id')
      .where('account_id', '=', accountId)
      .where('name', '=', name)
      .where('directory_path', 'in', ['/same', '/same'])
      .where('created_at', '>', from)
      .where(({ exists, selectFrom }) =>
        exists(selectFrom('blobs').select(sql`1`.as('one')).where('account_id', '=', accountId)),
      ),
  );

  it('has one bind parameter for each field, however often it is used, and one for each constant', () => {
    const { name, text, values } = create({ accountId: 'acme', name: '$1', from: new Date(0) });
    expect(name).toBe('some');
    expect(text).toContain(`"account_id" = $1 and "name" = $2 and "directory_path" in ($3, $4) and "created_at" > $5`);
    expect(text).toContain('from "blobs" where "account_id" = $1');
    expect(values).toEqual(['acme', '$1', '/same', '/same', '1970-01-01T00:00:00.000Z']);
  });

  it('has the same text for every input, and the values of each', () => {
    const [first, second] = [new Date(0), new Date(1)].map((from) => create({ accountId: 'a', name: 'n', from }));
    expect(second?.text).toBe(first?.text);
    expect(second?.values.at(-1)).toBe('1970-01-01T00:00:00.001Z');
  });
});

it('a statement made for its values has no name, and holds no value in its text', () => {
  const hostile = `'; drop table resources; --`;
  const { name, text, values } = toStatement(db.selectFrom('resources').select('id').where('name', '=', hostile));
  expect(name).toBe('');
  expect(text).toBe('select "id" from "resources" where "name" = $1');
  expect(values).toEqual([hostile]);
});
