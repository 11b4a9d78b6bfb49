// The one shape that both databases have for us: run a statement, migrate, close.
import type { CallOptions } from '../../domain/flow/stream.ts';

/**
 * Where the records are. `directory` is the embedded server's, which is run by one process at a time; `url` is its address
 * for the processes that this one leads, and null for whoever is to run it.
 */
export type DatabaseLocation =
  | { readonly kind: 'embedded'; readonly directory: string; readonly url: string | null }
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

/** Runs a statement; with an account, in its turn within that account's share. Waiting ends with the caller's signal. */
export type Run = <Result>(
  statement: Statement<Result>,
  options: CallOptions & { readonly accountId?: string },
) => Promise<readonly Result[]>;

/** Runs statements one after the other in one transaction, in the account's turn, and gives the rows of each. */
export type Transact = <const Statements extends readonly Statement<unknown>[]>(
  statements: Statements,
  options: CallOptions & { readonly accountId: string },
) => Promise<RowsOf<Statements>>;

/** The name of statements that are planned anew each time, since what they ask for decides which plan is good. */
export const UNNAMED = '';

/** SQL for a time as a number, of SQL that gives the time. */
export const toMsText = (time: string) => `(extract(epoch from ${time}) * 1000)::float8`;

/** A result row. Dates come as PostgreSQL's text, bigint as text or number: the statement casts what it reads. */
export type Row = { readonly [column: string]: unknown };

/** How many connections are open, how many of those idle, and how many statements wait for one. */
export type PoolState = { readonly open: number; readonly idle: number; readonly waiting: number };

export type Database = {
  /** How many insert statements at once are worth having. */
  readonly maxInsertsInFlight: number;
  /** The same of statements that many reads share. */
  readonly maxReadsInFlight: number;
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

/**
 * Most connections of one process at once, unless it is told otherwise: two for inserts, two for reads of single records,
 * one for looking whether the server answers, seven for all else.
 */
export const MAX_CONNECTIONS = 12;

export type OpenDatabaseOptions = {
  /** Most connections at once. */
  readonly maxConnections: number;
  /** How long a statement waits for a lock that others hold; 5,000 when absent. */
  readonly lockTimeoutMs?: number | undefined;
  /** How long a connection may take to be made, or to become free; 5,000 when absent.  */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a server may stay silent before its connection is given up; 35,000 when absent. */
  readonly answerTimeoutMs?: number | undefined;
  /** Takes one line about what no call reports: an idle connection that was lost. */
  readonly log: (message: string) => void;
  /** Takes what is being done, before it begins, of what may take long: for whoever waits for the start. */
  readonly onStep: (step: string) => void;
};
