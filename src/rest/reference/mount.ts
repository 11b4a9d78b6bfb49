// The REST transport's account of itself: the OpenAPI document, a page for people made from it, and what `/` says.
// None of them needs a token.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { createOpenApiDocument } from '../../schema/openapi/document.ts';
import { REST_STATUS } from '../errors.ts';
import { prefersHtml, renderFront, toFrontJson } from './front.ts';
import { renderReference } from './page.ts';
import { REFERENCE_SCRIPT } from './script.ts';
import { REFERENCE_STYLE } from './style.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';

/**
 * Mounts `/`, `/openapi.json` and `/docs`.
 * @param hasConsole whether there is a page for people, to which `/` leads a browser
 */
export function mountReference(app: FastifyInstance, { hasConsole }: { readonly hasConsole: boolean }): void {
  const document = createOpenApiDocument({ statusOf: REST_STATUS });
  const text = JSON.stringify(document);
  const parts = { style: REFERENCE_STYLE, script: REFERENCE_SCRIPT };
  const page = renderReference(document, parts);
  const pagePolicy = toContentPolicy(parts);
  const frontJson = toFrontJson(document.info);
  const frontPage = renderFront(document.info, { style: REFERENCE_STYLE });
  const frontPolicy = toContentPolicy({ style: REFERENCE_STYLE });

  app.get('/', async (request, reply) => {
    reply.header('vary', 'Accept');
    if (!prefersHtml(request.headers.accept)) return await reply.type(JSON_TYPE).send(frontJson);
    // Relative, since a proxy may have put the gateway below a path of its own.
    if (hasConsole) return await reply.redirect('console/', 302);
    return await reply.type(HTML_TYPE).header('content-security-policy', frontPolicy).send(frontPage);
  });
  app.get('/openapi.json', async (_request, reply) => await reply.type(JSON_TYPE).send(text));
  app.get(
    '/docs',
    async (_request, reply) => await reply.type(HTML_TYPE).header('content-security-policy', pagePolicy).send(page),
  );
}

/** A page may load nothing but the style and the script that it brings, each named by its digest. */
function toContentPolicy({ style, script }: { style: string; script?: string }): string {
  const scripts = script === undefined ? '' : `script-src '${toSource(script)}'; `;
  return (
    `default-src 'none'; style-src '${toSource(style)}'; ${scripts}` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  );
}

function toSource(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
