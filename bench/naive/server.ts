// What a day's work makes of the same contract, done with ordinary care: the whole body parsed, the content decoded into
// one buffer, hashed, written with fsync, and one transaction through the ORM for each create.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MikroORM, UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import Fastify, { type FastifyRequest } from 'fastify';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { NaiveResource, NaiveTag } from './entities.ts';
import { mountNaiveReads } from './reads.ts';

export type NaiveSettings = {
  readonly databaseUrl: string;
  readonly directory: string;
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
};

const GIB = 1024 ** 3;
const DATA_URI = /^data:([^;,]+);base64,/;

const createBody = z.object({
  name: z.string().min(1).max(255),
  directory_path: z.string().startsWith('/'),
  content: z.string(),
  tags: z.array(z.string()).default([]),
  metadata: z.looseObject({}).nullable().default(null),
});

/** Listens on a free port of the loopback. @returns its address */
export async function startNaiveServer(settings: NaiveSettings): Promise<string> {
  await mkdir(settings.directory, { recursive: true });
  const orm = await MikroORM.init({
    clientUrl: settings.databaseUrl,
    entities: [NaiveResource, NaiveTag],
  });
  await orm.schema.create();
  const keys = createRemoteJWKSet(new URL(settings.jwksUrl));
  const app = Fastify({ logger: true, disableRequestLogging: true, bodyLimit: 4 * GIB });
  // One line a request, as the gateway writes.
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({ method: request.method, url: request.url, status: reply.statusCode, ms: reply.elapsedTime });
  });

  const verify = async (request: FastifyRequest) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    return (await jwtVerify(token, keys, { issuer: settings.issuer, audience: settings.audience })).payload;
  };
  const authenticate = async (request: FastifyRequest) => String((await verify(request)).account_id);
  mountNaiveReads(app, { orm, directory: settings.directory, authenticate });

  app.post('/v1/resources', async (request, reply) => {
    const payload = await verify(request);
    const body = createBody.parse(request.body);
    const mimeType = DATA_URI.exec(body.content.slice(0, 200))?.[1];
    if (mimeType === undefined) return await reply.code(400).send({ error: 'content must be a data URI' });

    const bytes = Buffer.from(body.content.slice(body.content.indexOf(',') + 1), 'base64');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const id = randomUUID();
    await writeFile(join(settings.directory, id), bytes, { flag: 'wx', flush: true });

    const em = orm.em.fork();
    const now = new Date();
    const resource = {
      id,
      accountId: String(payload.account_id),
      directoryPath: body.directory_path,
      name: body.name,
      mimeType,
      sha256,
      sizeBytes: bytes.length,
      storageKey: id,
      metadata: body.metadata,
      createdBy: payload.sub ?? null,
      createdAt: now,
      updatedAt: now,
    };
    const row = em.create(NaiveResource, resource);
    body.tags.forEach((tag, position) => void em.create(NaiveTag, { id: randomUUID(), resource: row, position, tag }));
    try {
      await em.flush();
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      return await reply.code(409).send({ error: 'the name is taken' });
    }
    return {
      id,
      account_id: resource.accountId,
      name: resource.name,
      directory_path: resource.directoryPath,
      mime_type: mimeType,
      sha256,
      original_uri: null,
      external_id: null,
      external_storage_type: null,
      storage_bucket: 'local',
      storage_key: id,
      size_bytes: bytes.length,
      tags: body.tags,
      metadata: body.metadata,
      created_by: resource.createdBy,
      created_at: now.toISOString(),
      updated_at: now.toISOString(),
    };
  });
  return await app.listen({ host: '127.0.0.1', port: 0 });
}
