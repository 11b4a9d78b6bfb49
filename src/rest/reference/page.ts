// The reference page: the OpenAPI document for people, as HTML that needs nothing else.
import type {
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  ResponseObject,
} from '../../schema/openapi/document.ts';
import { toCurl } from './curl.ts';
import { html, type Markup, prose } from './markup.ts';
import { describeSchema, findReferred, renderFields } from './schema.ts';

type Place = { readonly method: string; readonly path: string; readonly operation: OperationObject };

/** The page; `style` and `script` are put into it as they are. */
export function renderReference(
  document: OpenApiDocument,
  { style, script }: { style: string; script: string },
): string {
  const places = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Place => ({ path, method, operation })),
  );
  const groups = document.tags.map((tag) => ({
    ...tag,
    places: places.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  const { title, version, description } = document.info;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – API reference</title>
<style>${{ html: style }}</style>
</head>
<body>
<nav aria-label="Operations">
<p class="brand"><a href="#top">${title}</a> <small>${version}</small></p>
<p class="others"><a href="console">Console</a> <a href="graphql">GraphiQL</a> <a href="openapi.json">openapi.json</a></p>
${groups.map(
  ({ name, places }) =>
    html`<h2>${name}</h2><ul>${places.map(
      ({ method, operation }) =>
        html`<li><a href="#${operation.operationId}"><b class="verb ${method}">${method}</b>${operation.summary}</a></li>`,
    )}</ul>`,
)}
<h2>Schemas</h2><ul>${Object.keys(document.components.schemas).map(
    (id) => html`<li><a href="#schema-${id}">${id}</a></li>`,
  )}</ul>
</nav>
<main id="top">
<header>
<h1>${title}</h1>
<p class="lead">${prose(description)}</p>
<p>Every call carries <code>Authorization: Bearer &lt;token&gt;</code>. Every refusal is <code>{ "error": "…" }</code>, one sentence
that says what to change. The same as data: <a href="/openapi.json">openapi.json</a>. For GraphQL there is <a href="/graphql">GraphiQL</a>. In the samples
<code>$TOKEN</code> and <code>$ID</code> are yours<span class="unscripted">, and <code>$URL</code> is this address without <code>/docs</code></span>.</p>
<p class="signed-in" hidden>You are signed in: samples that you copy carry your token.</p>
</header>
${groups.map(
  (group) => html`<section><h2>${group.name}</h2><p>${prose(group.description)}</p>
${group.places.map((place) => renderOperation(document, place))}</section>`,
)}
<section><h2>Schemas</h2>
${Object.entries(document.components.schemas).map(
  ([id, schema]) => html`<article id="schema-${id}"><h3>${id}</h3>
${schema.description === undefined ? null : html`<p>${prose(schema.description)}</p>`}
${renderFields(schema) ?? html`<p>${describeSchema(schema)}</p>`}</article>`,
)}
</section>
</main>
<script>${{ html: script }}</script>
</body>
</html>
`;
  return page.html;
}

function renderOperation(document: OpenApiDocument, { method, path, operation }: Place): Markup {
  const body = operation.requestBody?.content['application/json']?.schema;
  return html`<article id="${operation.operationId}">
<h3>${operation.summary}</h3>
<p class="call"><b class="verb ${method}">${method}</b><code>${path}</code></p>
<p>${prose(operation.description)}</p>
${operation.parameters === undefined ? null : html`<h4>Parameters</h4>${renderParameters(operation.parameters)}`}
${body === undefined ? null : html`<h4>Body <span>${describeSchema(body)}</span></h4>${renderFields(findReferred(document, body))}`}
<h4>Answers</h4>
<dl>${Object.entries(operation.responses).map(([status, response]) => renderResponse(document, status, response))}</dl>
<details><summary>Try it</summary><div class="sample">
<button type="button" class="copy" aria-live="polite" hidden>Copy</button>
<pre>${renderSample(toCurl(document, { method, path, operation }))}</pre></div></details>
</article>`;
}

/** The command, with its address marked where the page's own one replaces it. */
function renderSample(command: string): Markup {
  const [before, ...after] = command.split('$URL');
  return html`${before as string}${after.map((piece) => html`<span class="address">$URL</span>${piece}`)}`;
}

function renderParameters(parameters: readonly ParameterObject[]): Markup {
  return html`<table><tbody>${parameters.map(
    ({ name, in: where, required, description, schema }) => html`<tr>
<th scope="row"><code>${name}</code>${required ? html` <em>required</em>` : null}</th>
<td><span class="type">${where}, ${describeSchema(schema)}</span>${description === undefined ? null : html`<br>${prose(description)}`}</td>
</tr>`,
  )}</tbody></table>`;
}

function renderResponse(
  document: OpenApiDocument,
  status: string,
  response: OperationObject['responses'][string],
): Markup {
  const found =
    '$ref' in response ? document.components.responses[response.$ref.split('/').at(-1) as string] : response;
  const { description, headers = {}, content } = found as ResponseObject;
  const schema = content?.['application/json']?.schema;
  const isFailure = Number(status) >= 400;
  return html`<div class="${isFailure ? 'bad' : 'good'}"><dt>${status}</dt><dd>${prose(description)}
${schema === undefined || isFailure ? null : html`<span class="type">${describeSchema(schema)}</span>`}
${Object.entries(headers).map(([name, header]) => html`<br><code>${name}</code> ${prose(header.description)}`)}</dd></div>`;
}
