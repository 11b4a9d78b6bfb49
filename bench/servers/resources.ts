// Any number of resources in a gateway's database, put there by SQL: through the gateway a million would take too long.
import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** What the token of the bench reads. */
const ACCOUNT = 'bench';
const MAX_DIRECTORIES = 1_000;
const FIRST_MS = Date.UTC(2026, 0, 1);
const SPACING_MS = 1_000;
/** One in so many resources has so many earlier versions: there are as many of these as resources. */
const VERSIONS = 20;
/** One in so many of what is in the trash went with one directory. */
const OF_DELETION = 10;
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
  created_at, updated_at, version, replaced_at)
select ${ID}, '${ACCOUNT}', '/d' || n % $2::int, 'file-' || lpad(n::text, 7, '0') || '.txt', 'text/plain',
  blobs.size_bytes, blobs.id, json_build_object('project', 'p' || n % ${KINDS}, 'n', n), 'bench',
  ${CREATED_AT}, ${CREATED_AT}, case when n % ${VERSIONS} = 0 then ${VERSIONS + 1} else 1 end,
  case when n % ${VERSIONS} = 0 then ${CREATED_AT} end
from generate_series(1, $1::int) n cross join blobs`;

const INSERT_VERSIONS = `
insert into resource_versions (account_id, resource_id, number, blob_id, mime_type, size_bytes, created_by, created_at, replaced_at)
select '${ACCOUNT}', ${ID}, number, blobs.id, 'text/plain', blobs.size_bytes, 'bench', ${CREATED_AT}, ${CREATED_AT}
from generate_series(${VERSIONS}, $1::int, ${VERSIONS}) n cross join generate_series(1, ${VERSIONS}) number cross join blobs`;

/** Half as many as resources, later ones, with the same names: what is deleted has none. */
const INSERT_TRASH = `
insert into trash (account_id, id, blob_id, directory_path, name, mime_type, size_bytes, metadata, tags, created_by,
  created_at, updated_at, version, deleted_at, deletion_id, deleted_path)
select '${ACCOUNT}', ${ID}, blobs.id, '/d' || n % $2::int, 'file-' || lpad((n - $1::int)::text, 7, '0') || '.txt',
  'text/plain', blobs.size_bytes, json_build_object('project', 'p' || n % ${KINDS}, 'n', n),
  array['bench', 't' || n % ${KINDS}], 'bench', ${CREATED_AT}, ${CREATED_AT}, 1, now() - n * interval '1 ms',
  case when n % ${OF_DELETION} = 0 then $3::uuid end, case when n % ${OF_DELETION} = 0 then '/d0' end
from generate_series($1::int + 1, $1::int + $1::int / 2) n cross join blobs`;

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
  readonly trashed: number;
  /** What went into the trash with one directory. */
  readonly deletionId: string;
  readonly perDeletion: number;
  /** A resource with so many versions. */
  readonly versionedId: string;
  readonly versions: number;
  /** Half of the resources are older. */
  readonly middle: Date;
};

/**
 * Fills an empty database with so many resources, a multiple of 1,000, as many earlier versions, and half as much in the trash.
 * Afterwards PostgreSQL has nothing left to tidy up.
 */
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
    await client.query(INSERT_VERSIONS, [count]);
    const deletionId = randomUUID();
    await client.query(INSERT_TRASH, [count, directories, deletionId]);
    const versioned = await client.query('select id::text as id from resources where version > 1 limit 1');
    await tidyUp(client);
    return {
      count,
      sha256: rows[0].sha256,
      perDirectory: count / directories,
      perTag: count / KINDS,
      perProject: count / KINDS,
      trashed: count / 2,
      deletionId,
      perDeletion: count / 2 / OF_DELETION,
      versionedId: versioned.rows[0].id,
      versions: VERSIONS + 1,
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
