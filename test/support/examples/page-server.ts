// A server of a page's files, as anybody's: of another origin than the gateway's.
import Fastify from 'fastify';

const TYPES: { readonly [ending: string]: string } = { html: 'text/html; charset=utf-8', js: 'text/javascript' };

/** Serves these texts under their names. */
export async function servePage(files: { readonly [name: string]: string }) {
  const app = Fastify();
  for (const [name, text] of Object.entries(files)) {
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    app.get(`/${name}`, (_request, reply) => reply.type(type).send(text));
  }
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), [Symbol.asyncDispose]: () => app.close() };
}
