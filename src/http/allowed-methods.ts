// Which methods a path knows, so that a wrong one is told from a wrong path (RFC 9110, 15.5.6).
import type { FastifyInstance } from 'fastify';

type Route = { readonly segments: readonly string[]; readonly methods: readonly string[] };

/**
 * Watches the routes that are mounted from now on.
 * @returns the methods that some route takes at a path, sorted; empty when the path is unknown
 */
export function watchMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    // CORS answers its preflights everywhere, which makes no path known.
    if (url !== '*') routes.push({ segments: url.split('/'), methods: [method].flat() });
  });
  return (path) => {
    const asked = path.split('/');
    return [...new Set(routes.flatMap(({ segments, methods }) => (fits(segments, asked) ? methods : [])))].sort();
  };
}

function fits(segments: readonly string[], asked: readonly string[]): boolean {
  const isOpen = segments.at(-1) === '*';
  if (isOpen ? asked.length < segments.length : asked.length !== segments.length) return false;
  return segments.every((segment, i) => {
    if (segment === '*') return true;
    return segment.startsWith(':') ? asked[i] !== '' : segment === asked[i];
  });
}
