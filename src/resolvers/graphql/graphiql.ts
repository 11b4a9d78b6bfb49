// The page of GraphiQL: what it shows first, what it may load, and how it gets its schema once it has a token.
import type { GraphiQLOptions } from 'graphql-yoga';
import { toCommandLine } from '../../domain/maintenance/command-line.ts';

/** GraphiQL is one page with its scripts inlined; it talks to its own origin only. */
export const GRAPHIQL_CSP =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob: data:; frame-ancestors 'none'";

const GRAPHIQL_HEADERS = JSON.stringify(
  { Authorization: `Bearer <paste what \`${toCommandLine('token')}\` prints>` },
  null,
  2,
);
const GRAPHIQL_QUERY = `mutation {
  createResource(input: {
    name: "hello.txt"
    directoryPath: "/"
    content: "data:text/plain;base64,SGVsbG8="
  }) {
    id
    sha256
    sizeBytes
  }
}
`;

export const GRAPHIQL_OPTIONS: GraphiQLOptions = {
  title: 'Resource gateway',
  defaultQuery: GRAPHIQL_QUERY,
  headers: GRAPHIQL_HEADERS,
};

/**
 * GraphiQL asks for its schema when it opens, which is refused without a token, and not again. This asks again, by its own
 * button, when something has been put into its editor of headers, or when another request was answered.
 */
const ASK_AGAIN = `<script>
(() => {
  const send = window.fetch.bind(window);
  let isRefused = false;
  let timer;
  const askAgain = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (isRefused) document.querySelector('button[aria-label^="Re-fetch GraphQL schema"]')?.click();
    }, 500);
  };
  // The console's, when this page was opened from it in the same tab.
  const token = sessionStorage.getItem('resource-gateway-token');
  const withToken = (init) => {
    const headers = new Headers(init?.headers);
    const hasOwn = /^Bearer (?!<)/.test(headers.get('authorization') ?? '');
    if (token !== null && !hasOwn) headers.set('authorization', 'Bearer ' + token);
    return { ...init, headers };
  };
  window.fetch = async (...args) => {
    const response = await send(args[0], withToken(args[1]));
    if (String(args[1]?.body ?? '').includes('IntrospectionQuery')) isRefused = !response.ok;
    else if (response.ok) askAgain();
    return response;
  };
  const onEdit = ({ target }) => {
    if (target instanceof Element && target.closest('.graphiql-editor-tool') !== null) askAgain();
  };
  for (const type of ['paste', 'input']) document.addEventListener(type, onEdit, true);
})();
</script>`;

/** The way to the other pages, above what GraphiQL draws; it has a height of its own to be taken from. */
const BAR = `<style>
.gateway-bar { display: flex; gap: 18px; align-items: center; height: 40px; padding: 0 16px; box-sizing: border-box;
  background: #f5f7fa; border-bottom: 1px solid #dfe4ea; font: 14px system-ui, sans-serif; }
.gateway-bar b { margin-right: auto; color: #1d2430; }
.gateway-bar a { color: #1259c3; text-decoration: none; }
@media (prefers-color-scheme: dark) { .gateway-bar { background: #1a1f28; border-color: #2c3440; }
  .gateway-bar b { color: #e3e8ef; } .gateway-bar a { color: #7db0ff; } }
body #root { height: calc(100vh - 40px); }
</style>
<nav class="gateway-bar" aria-label="Resource gateway"><b>Resource gateway</b><a href="console">Console</a><a href="docs">REST reference</a></nav>`;

const NOT_INSTALLED = `<!doctype html><html lang="en"><title>GraphiQL</title>
<p>GraphiQL is a tool for development, and this gateway was installed without those: <code>npm ci</code> brings it,
<code>npm ci --omit=dev</code> does not. Requests in GraphQL are answered here all the same.</p></html>`;

/** The page; before its own scripts comes ours. Its 9 MB are loaded when somebody first asks for it. */
export async function renderGraphiqlPage(options?: GraphiQLOptions): Promise<string> {
  const graphiql = await import('@graphql-yoga/render-graphiql').catch(unlessMissing);
  if (graphiql === null) return NOT_INSTALLED;
  const page = graphiql.renderGraphiQL(options).replace('</head>', () => `${ASK_AGAIN}</head>`);
  return page.replace('<div id="root">', () => `${BAR}<div id="root">`);
}

function unlessMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
  throw error;
}
