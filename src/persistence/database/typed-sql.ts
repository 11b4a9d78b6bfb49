// SQL whose tables and columns are the entities': a column that is renamed no longer compiles. Kysely only writes it here;
// it runs as any other statement does.
import type { InferKyselyDB } from '@mikro-orm/postgresql';
import {
  type Compilable,
  DummyDriver,
  type Expression,
  type Generated,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import type { ENTITIES } from '../tables/entities.ts';
import { type Statement, UNNAMED } from './database.ts';

type Inferred = InferKyselyDB<(typeof ENTITIES)[number]>;

/** A relation by two columns is inferred as two columns of arrays; the account's is a column of the entity already. */
type Columns<Table> = {
  [Name in keyof Table as Name extends `${string}_account_id` ? never : Name]: Column<Table[Name]>;
};
/** What has a default is compared like any other. */
type Column<Value> = Value extends Generated<infer Plain> ? Plain : Value extends readonly string[] ? string : Value;

/** Rows as they are compared and written. Of what is read, times and sizes are cast to what both drivers give alike. */
export type Tables = { [Name in keyof Inferred]: Columns<Inferred[Name]> };

/** Writes statements, and never runs one. */
export const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** What a statement is compared with: a value, which becomes a bind parameter, or an expression. */
export type Operand<Value> = Value | Expression<Value>;

/** A statement that is made for its values, and planned for them. */
export function toStatement<Result>(query: Compilable<Result>): Statement<Result> {
  const { sql: text, parameters } = query.compile();
  return { name: UNNAMED, text, values: parameters.map(toValue) };
}

/** The drivers write times in ways of their own. */
const toValue = (value: unknown) => (value instanceof Date ? value.toISOString() : value);

/** The bind parameters that stand for the fields of an input. */
export type Bound<Input> = { readonly [Field in keyof Input]: Expression<Input[Field]> };

/** Class, since it must be told from any value. */
class Parameter {
  readonly field: string | symbol;
  constructor(field: string | symbol) {
    this.field = field;
  }
}

/**
 * A statement that is the same for every input: compiled once, parsed and planned once a connection under `name`. Each field
 * has one bind parameter, however often it is used.
 */
export function prepare<Input extends object, Result>(
  name: string,
  build: (input: Bound<Input>) => Compilable<Result>,
): (input: Input) => Statement<Result> {
  let compiled: Compiled | undefined;
  return (input) => {
    // When it is first used, and not at every start of the gateway.
    compiled ??= compile(build(createBound<Input>()));
    const { text, places } = compiled;
    const take = (place: unknown) => (place instanceof Parameter ? input[place.field as keyof Input] : place);
    return { name, text, values: places.map((place) => toValue(take(place))) };
  };
}

/** `places` are the bind parameters in their order: fields of the input, and constants. */
type Compiled = { readonly text: string; readonly places: readonly unknown[] };

function compile(query: Compilable): Compiled {
  const { sql: text, parameters } = query.compile();
  const places: unknown[] = [];
  const numbers = parameters.map((place) => {
    const known = place instanceof Parameter ? places.indexOf(place) : -1;
    return known < 0 ? places.push(place) : known + 1;
  });
  return { text: text.replace(/\$(\d+)/g, (_match, number) => `$${numbers[number - 1]}`), places };
}

function createBound<Input extends object>(): Bound<Input> {
  const parameters = new Map<string | symbol, Parameter>();
  return new Proxy({} as Bound<Input>, {
    get(_target, field) {
      const parameter = parameters.get(field) ?? new Parameter(field);
      parameters.set(field, parameter);
      return sql.val(parameter);
    },
  });
}
