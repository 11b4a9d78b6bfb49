// The one shape that both databases have for us: run a statement, migrate, close.
import type { MikroORM } from '@mikro-orm/core';

/** Where the records are. `directory` is PGlite's own and opened by one process at a time. */
export type DatabaseLocation =
  | { readonly kind: 'pglite'; readonly directory: string }
  | { readonly kind: 'postgres'; readonly url: string };

/**
 * SQL with bind parameters, and the rows that it gives. Under one `name` there is always the same text, so that it is parsed
 * once a connection.
 */
export type Statement<Result = Row> = {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Never there: tells the compiler of the rows. */
  readonly rows?: readonly Result[];
};

/** A row of what `Create` makes a statement for. */
export type RowOf<Create extends (...input: never[]) => Statement<unknown>> = NonNullable<
  ReturnType<Create>['rows']
>[number];

/** The rows of each of several statements. */
export type RowsOf<Statements extends readonly Statement<unknown>[]> = {
  readonly [Index in keyof Statements]: NonNullable<Statements[Index]['rows']>;
};

/** The name of statements that are planned anew each time, since what they ask for decides which plan is good. */
export const UNNAMED = '';

/** A result row. Dates come as PostgreSQL's text, bigint as text or number: the statement casts what it reads. */
export type Row = { readonly [column: string]: unknown };

/** How many connections are open, how many of those idle, and how many statements wait for one. */
export type PoolState = { readonly open: number; readonly idle: number; readonly waiting: number };

export type Database = {
  /** How many insert statements at once are worth having. */
  readonly maxInsertsInFlight: number;
  /** What becomes of the connections right now; null where there is but one. */
  poolState(): PoolState | null;
  /** How many other statements at once it takes, so that a connection is left for looking whether it answers. */
  readonly maxCallsInFlight: number;
  /**
   * Runs one statement in a transaction of its own.
   * @throws whatever the driver throws; `judgeSqlError` tells what it means
   */
  run<Result>(statement: Statement<Result>): Promise<readonly Result[]>;
  /**
   * Runs statements one after the other in one transaction, each seeing what was committed when it began (read
   * committed). @returns the rows of each @throws like `run`, with everything undone
   */
  transact<Statements extends readonly Statement<unknown>[]>(statements: Statements): Promise<RowsOf<Statements>>;
  /** The migrations that opening it applied, by name; empty when it was up to date. */
  readonly appliedMigrations: readonly string[];
  /** Waits for running statements and frees connections; afterwards nothing may be run. */
  close(): Promise<void>;
};

export type OpenDatabaseOptions = {
  /** Most connections at once; PGlite has one whatever is asked for. */
  readonly maxConnections: number;
  /** How long a statement waits for a lock that others hold; 5,000 when absent. PGlite's locks never conflict. */
  readonly lockTimeoutMs?: number | undefined;
  /** How long a connection may take to be made, or to become free; 5,000 when absent. PGlite's is always there. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a server may stay silent before its connection is given up; 35,000 when absent. PGlite has none. */
  readonly answerTimeoutMs?: number | undefined;
  /** Takes one line about what no call reports: an idle connection that was lost. */
  readonly log: (message: string) => void;
  /** Takes what is being done, before it begins, of what may take long: for whoever waits for the start. */
  readonly onStep: (step: string) => void;
};

/**
 * Brings the schema up to date; harmless when it is. The caller sees to it that nobody else does so at the same time.
 * @returns the names of the migrations that it applied
 */
export async function migrate(orm: MikroORM, { onStep }: Pick<OpenDatabaseOptions, 'onStep'>): Promise<string[]> {
  const pending = await orm.migrator.getPending();
  if (pending.length === 0) return [];
  onStep(`bringing the database up to date: ${pending.length} migration(s) to apply`);
  const applied = await orm.migrator.up();
  return applied.map(({ name }) => name);
}
