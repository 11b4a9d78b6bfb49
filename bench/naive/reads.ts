// The obvious reads over the baseline's tables: one query, then the row, the rows, or a stream of the file.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export type NaiveReads = {
  readonly orm: MikroORM;
  /** Where the files are. */
  readonly directory: string;
  /** The account of the request's token. @throws when the token does not hold */
  authenticate(request: FastifyRequest): Promise<string>;
};

type Row = { readonly [column: string]: unknown };
type ById = { readonly Params: { readonly id: string } };
type ByDirectory = { readonly Querystring: { readonly directory_path: string; readonly limit: number } };

const COLUMNS = `select resources.*, array(select tag from resource_tags where resource_id = resources.id order by position) as tags
from resources`;

/** Mounts `GET /v1/resources`, `/v1/resources/{id}` and `/v1/resources/{id}/content`. */
export function mountNaiveReads(app: FastifyInstance, { orm, directory, authenticate }: NaiveReads): void {
  const query = (text: string, values: unknown[]): Promise<Row[]> => orm.em.getConnection().execute(text, values);

  app.get<ById>('/v1/resources/:id', async (request, reply) => {
    const account = await authenticate(request);
    const [row] = await query(`${COLUMNS} where account_id = ? and id = ?`, [account, request.params.id]);
    return row === undefined ? await reply.code(404).send({ error: 'there is no such resource' }) : toAnswer(row);
  });

  app.get<ById>('/v1/resources/:id/content', async (request, reply) => {
    const account = await authenticate(request);
    const text =
      'select name, mime_type, size_bytes, storage_key, sha256 from resources where account_id = ? and id = ?';
    const [row] = await query(text, [account, request.params.id]);
    if (row === undefined) return await reply.code(404).send({ error: 'there is no such resource' });
    reply.headers({
      'content-type': String(row.mime_type),
      'content-length': Number(row.size_bytes),
      'content-disposition': `attachment; filename="${encodeURIComponent(String(row.name))}"`,
      etag: `"${row.sha256}"`,
    });
    return await reply.send(createReadStream(join(directory, String(row.storage_key))));
  });

  app.get<ByDirectory>('/v1/resources', async (request) => {
    const account = await authenticate(request);
    const { directory_path: path, limit } = request.query;
    const text = `${COLUMNS} where account_id = ? and directory_path = ? order by created_at desc, id desc limit ?`;
    const rows = await query(text, [account, path, Number(limit)]);
    return { items: rows.map(toAnswer), next_cursor: rows.at(-1)?.id ?? null };
  });
}

function toAnswer(row: Row) {
  return {
    id: row.id,
    account_id: row.account_id,
    name: row.name,
    directory_path: row.directory_path,
    mime_type: row.mime_type,
    sha256: row.sha256,
    original_uri: null,
    external_id: null,
    external_storage_type: null,
    storage_bucket: 'local',
    storage_key: row.storage_key,
    size_bytes: Number(row.size_bytes),
    tags: row.tags,
    metadata: row.metadata,
    created_by: row.created_by,
    created_at: new Date(String(row.created_at)).toISOString(),
    updated_at: new Date(String(row.updated_at)).toISOString(),
  };
}
