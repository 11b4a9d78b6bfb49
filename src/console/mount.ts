// The console, a page for people, as it was built into `dist/console`. It is static and needs no token: what it shows, it asks
// of the public API.
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CODINGS, type Coding, type ConsoleFile, isBuilt, openConsole, PAGE } from './files.ts';

/** Where the build puts it. */
export const CONSOLE_FOLDER = join(dirname(findPackageJSON(import.meta.url) as string), 'dist/console');

/** The page in which the console shows contents: it has no origin, so that nothing there can reach a token. */
const PREVIEW = 'preview.html';

/** An issuer at which people may sign in, with what the console has to tell it. */
export type ConsoleSignIn = {
  /** Its `issuer`, from which OpenID Connect Discovery 1.0 finds the rest. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** What the access token is to be for (RFC 8707, and `audience` as some issuers have it); null: not said. */
  readonly audience: string | null;
};

export type ConsoleOptions = {
  readonly folder: string;
  /** null: people bring a token. */
  readonly signIn: ConsoleSignIn | null;
};

/**
 * Mounts `/console`.
 * @returns whether there is one: an install without development tools has none to build it with
 */
export function mountConsole(app: FastifyInstance, { folder, signIn }: ConsoleOptions): boolean {
  if (!isBuilt(folder)) {
    app.get('/console', async (_request, reply) => await reply.type('text/html; charset=utf-8').send(NOT_BUILT));
    return false;
  }
  const policies = toPolicies(signIn);
  let opening: ReturnType<typeof openConsole> | null = null;

  // Relative, since a proxy may have put the gateway below a path of its own; the page's own addresses are relative too.
  app.get('/console', async (_request, reply) => await reply.redirect('console/', 302));
  app.get('/console/sign-in.json', async (_request, reply) => await reply.send(signIn ?? {}));
  app.get<{ Params: { '*': string } }>('/console/*', async (request, reply) => {
    opening ??= openConsole(folder);
    const find = await opening;
    const path = request.params['*'] === '' ? PAGE : request.params['*'];
    const file = await find(path);
    if (file === undefined) return reply.callNotFound();
    // The preview stands in a frame of the console.
    if (path === PREVIEW) reply.header('x-frame-options', 'SAMEORIGIN');
    reply.header('content-security-policy', path === PREVIEW ? policies.preview : policies.page);
    return sendFile(file, { request, reply });
  });
  return true;
}

function sendFile(file: ConsoleFile, { request, reply }: { request: FastifyRequest; reply: FastifyReply }) {
  reply.headers({
    etag: file.etag,
    vary: 'Accept-Encoding',
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (isKnown(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
  const coding = CODINGS.find((one) => file.compressed[one] !== undefined && accepts(request, one));
  reply.type(file.contentType);
  return coding === undefined
    ? reply.send(file.bytes)
    : reply.header('content-encoding', coding).send(file.compressed[coding]);
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

function accepts({ headers }: FastifyRequest, coding: Coding): boolean {
  const ranges = (headers['accept-encoding'] ?? '').toString().toLowerCase().split(',');
  return ranges.some((range) => {
    const [name, weight = 'q=1'] = range.split(';').map((part) => part.trim());
    return name === coding && Number(weight.slice(2)) > 0;
  });
}

/** No inline script or style, nothing from elsewhere but the issuer, no frame around it, and no string made into markup. */
function toPolicies(signIn: ConsoleSignIn | null): { readonly page: string; readonly preview: string } {
  const issuer = signIn === null ? '' : ` ${new URL(signIn.issuer).origin}`;
  const page =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; " +
    `connect-src 'self'${issuer}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; ` +
    "require-trusted-types-for 'script'; trusted-types 'none'";
  const preview =
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
    "media-src 'self' blob:; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
  return { page, preview };
}

const NOT_BUILT = `<!doctype html><html lang="en"><title>Console</title>
<p>The console is built by development tools, and this gateway was installed without those: <code>npm ci</code> brings them,
<code>npm ci --omit=dev</code> does not. Everything that the console does can be done by <a href="docs">the API</a>.</p></html>`;
