// Any number of resources in a gateway's database, put there by SQL: through the gateway a million would take too long.
import pg from 'pg';

/** What the token of the bench reads. */
const ACCOUNT = 'bench';
const MAX_DIRECTORIES = 1_000;
const FIRST_MS = Date.UTC(2026, 0, 1);
const SPACING_MS = 1_000;
/** One in so many resources has each of the tags `t0`, `t1`, …, and each of the projects `p0`, `p1`, … */
const KINDS = 100;

const CREATED_MS = `(${FIRST_MS}::bigint + n * ${SPACING_MS})`;
const CREATED_AT = `to_timestamp(${CREATED_MS} / 1000.0)`;
/** A uuid of version 7, as the gateway makes them: rows lie in the indexes as they came. */
const ID = `overlay(overlay(overlay(md5(n::text) placing lpad(to_hex(${CREATED_MS}), 12, '0') from 1)
  placing '7' from 13) placing '8' from 17)::uuid`;

/** All share one content. */
const INSERT_BLOB = `
insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
select gen_random_uuid(), '${ACCOUNT}', encode(sha256(content), 'hex'), length(content), 'local',
  '00/00000000-0000-7000-8000-000000000000', content, now()
from (select 'bench'::bytea as content) as given
returning sha256`;

const INSERT_RESOURCES = `
insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, metadata, created_by,
  created_at, updated_at)
select ${ID}, '${ACCOUNT}', '/d' || n % $2::int, 'file-' || lpad(n::text, 7, '0') || '.txt', 'text/plain',
  blobs.size_bytes, blobs.id, json_build_object('project', 'p' || n % ${KINDS}, 'n', n), 'bench',
  ${CREATED_AT}, ${CREATED_AT}
from generate_series(1, $1::int) n cross join blobs`;

const INSERT_TAGS = `
insert into resource_tags (resource_id, position, tag, account_id, created_at)
select ${ID}, tags.position, tags.tag, '${ACCOUNT}', ${CREATED_AT}
from generate_series(1, $1::int) n
  cross join lateral (values (0, 'bench'), (1, 't' || n % ${KINDS}), (2, case when n % 2 = 0 then 'even' end))
    as tags (position, tag)
where tags.tag is not null`;

/** What can be asked for, and how many resources there are of it. */
export type Filled = {
  readonly count: number;
  readonly sha256: string;
  readonly perDirectory: number;
  readonly perTag: number;
  readonly perProject: number;
  /** Half of the resources are older. */
  readonly middle: Date;
};

/** Fills an empty database; `count` is a multiple of 1,000. Afterwards PostgreSQL has nothing left to tidy up. */
export async function fillWithResources(databaseUrl: string, { count }: { count: number }): Promise<Filled> {
  const directories = Math.min(MAX_DIRECTORIES, count / 10);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Foreign keys are not looked up row by row.
    await client.query('set session_replication_role = replica');
    const { rows } = await client.query(INSERT_BLOB);
    await client.query(INSERT_RESOURCES, [count, directories]);
    await client.query(INSERT_TAGS, [count]);
    await tidyUp(client);
    return {
      count,
      sha256: rows[0].sha256,
      perDirectory: count / directories,
      perTag: count / KINDS,
      perProject: count / KINDS,
      middle: new Date(FIRST_MS + (count / 2) * SPACING_MS),
    };
  } finally {
    await client.end();
  }
}

/** Has PostgreSQL look at a database, and leaves it nothing to tidy up. */
export async function analyze(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await tidyUp(client);
  } finally {
    await client.end();
  }
}

/** Else autovacuum would do it while something is measured, and what GIN has put off would slow down every search in it. */
async function tidyUp(client: pg.Client): Promise<void> {
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}
