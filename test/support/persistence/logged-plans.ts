// A PostgreSQL that tells the plan of everything it runs, the checks of foreign keys included (`auto_explain`).
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { PARTITION } from './partitioned.ts';

/** What was run, and the numbers of the partitions that it looked into. */
export type LoggedPlan = { readonly query: string; readonly partitions: ReadonlySet<number> };

export type PlanLog = AsyncDisposable & {
  readonly server: PostgresServer;
  /** The plans of what has been run for the gateway since the last call, by whatever has its answer. */
  takePlans(): Promise<readonly LoggedPlan[]>;
};

const SETTINGS = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_min_duration=0',
  'auto_explain.log_analyze=on',
  'auto_explain.log_timing=off',
  'auto_explain.log_nested_statements=on',
  'auto_explain.log_format=json',
  // Otherwise the plans would be those for the values that the test happens to send.
  'plan_cache_mode=force_generic_plan',
  'log_line_prefix=%a ',
];
const OURS = 'resource-gateway ';
const MARK = 'all plans until here';

/** Starts the server; nothing may be run on it side by side, since the lines of two sessions might mingle. */
export async function startPlanLog(): Promise<PlanLog> {
  let entries: string[] = [];
  let marked = Promise.withResolvers<void>();
  const onLine = (line: string) => {
    // The lines of an entry after its first begin with a tab.
    if (line.startsWith('\t')) entries.push(`${entries.pop()}\n${line}`);
    else entries.push(line);
    if (line.includes(MARK)) marked.resolve();
  };
  const server = await startPostgres({ settings: SETTINGS, onLine });
  return {
    server,
    async takePlans() {
      marked = Promise.withResolvers();
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(`do $$ begin raise log '${MARK}'; end $$`);
      await client.end();
      await marked.promise;
      const taken = entries;
      entries = [];
      return taken.filter((entry) => entry.startsWith(OURS) && entry.includes('plan:\n')).map(toPlan);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type PlanNode = {
  readonly 'Relation Name'?: string;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly PlanNode[];
};

function toPlan(entry: string): LoggedPlan {
  const logged = JSON.parse(entry.slice(entry.indexOf('plan:\n') + 'plan:\n'.length));
  const partitions = eachNode(logged.Plan)
    .filter((node) => node['Actual Loops'] !== 0)
    .flatMap((node) => PARTITION.exec(node['Relation Name'] ?? '')?.[1] ?? []);
  return { query: logged['Query Text'], partitions: new Set(partitions.map(Number)) };
}

const eachNode = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(eachNode)];
