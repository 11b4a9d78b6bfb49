// The REST tongue's account of itself: the OpenAPI document, and a page for people made from it. Neither needs a token.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { createOpenApiDocument } from '../../schema/openapi/document.ts';
import { REST_STATUS } from '../errors.ts';
import { renderReference } from './page.ts';
import { REFERENCE_STYLE } from './style.ts';

/** The page holds no script and loads nothing; its one style is named by its digest. */
const PAGE_CSP =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(REFERENCE_STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Mounts `/openapi.json` and `/docs`. */
export function mountReference(app: FastifyInstance): void {
  const document = createOpenApiDocument({ statusOf: REST_STATUS });
  const text = JSON.stringify(document);
  const page = renderReference(document, { style: REFERENCE_STYLE });

  app.get('/openapi.json', async (_request, reply) => await reply.type('application/json; charset=utf-8').send(text));
  app.get(
    '/docs',
    async (_request, reply) =>
      await reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_CSP).send(page),
  );
}
