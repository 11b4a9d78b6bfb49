// What this is, for whoever opens its address: a few lines of JSON for programs, a page for browsers. Needs no token.
import type { OpenApiDocument } from '../../schema/openapi/document.ts';
import { html, prose } from './markup.ts';

/** Where things are, and what stands there. */
const LINKS = {
  console: ['/console', 'The console, for people'],
  docs: ['/docs', 'The reference of the REST API, with samples'],
  openapi: ['/openapi.json', 'The same for programs'],
  rest: ['/v1/resources', 'REST'],
  graphql: ['/graphql', 'GraphQL; a browser gets GraphiQL'],
  trpc: ['/trpc', 'tRPC'],
  health: ['/healthz', 'Whether it is alive'],
  readiness: ['/readyz', 'Whether database and storage can be used'],
} as const;

type Info = OpenApiDocument['info'];

/** The JSON that a program gets. */
export function toFrontJson({ title, version, description }: Info): string {
  const links = Object.fromEntries(Object.entries(LINKS).map(([name, [path]]) => [name, path]));
  return JSON.stringify({ name: title, version, description, links });
}

/** The page that a browser gets; `style` is put into it as it is. */
export function renderFront({ title, version, description }: Info, { style }: { style: string }): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body class="front">
<main>
<h1>${title} <small>${version}</small></h1>
<p class="lead">${prose(description)}</p>
<table><tbody>${Object.values(LINKS).map(
    ([path, what]) => html`<tr><th scope="row"><a href="${path}">${path}</a></th><td>${what}</td></tr>`,
  )}</tbody></table>
</main>
</body>
</html>
`.html;
}

/** Whether a header `Accept` names HTML and does not rate JSON as high: as browsers do, and programs do not. */
export function prefersHtml(accept: string | undefined): boolean {
  return rate(accept, 'text/html') > rate(accept, 'application/json');
}

/** The weight that the header gives to a type that it names; 0 for one that it does not name. */
function rate(accept = '', wanted: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    if (type !== wanted) continue;
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return Number.isFinite(weight) ? weight : 0;
  }
  return 0;
}
