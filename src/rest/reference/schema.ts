// How the reference page tells of a schema: its type in a few words, its fields in a table.

import type { JsonSchema } from '../../schema/openapi/component-schemas.ts';
import type { OpenApiDocument } from '../../schema/openapi/document.ts';
import { html, type Markup, prose } from './markup.ts';

type Schema = JsonSchema | boolean;

/** What a reference leads to; anything else is what it is. */
export function findReferred(document: OpenApiDocument, schema: JsonSchema): JsonSchema {
  const id = schema.$ref?.split('/').at(-1);
  return id === undefined ? schema : (document.components.schemas[id] ?? schema);
}

/** A type in a few words: `string (uuid)`, `Resource[]`, `integer or null`. */
export function describeSchema(schema: Schema): Markup {
  if (typeof schema === 'boolean') return html`any value`;
  const id = schema.$ref?.split('/').at(-1);
  if (id !== undefined) return html`<a href="#schema-${id}">${id}</a>`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return html`${choices.map((choice, i) => [i > 0 ? ' or ' : '', describeSchema(choice)])}`;
  if (schema.enum !== undefined)
    return html`${schema.enum.map((value, i) => [i > 0 ? ' or ' : '', JSON.stringify(value)])}`;
  if (schema.type === 'array')
    return html`${describeSchema((schema.items as Schema) ?? true)}[]${describeBounds(schema)}`;
  if (schema.contentMediaType === 'application/json') return html`JSON as text`;
  const type = [schema.type ?? 'any value'].flat().join(' or ');
  return html`${type}${schema.format === undefined ? '' : ` (${schema.format})`}${describeBounds(schema)}`;
}

function describeBounds({
  minimum,
  maximum,
  minItems,
  maxItems,
  minLength,
  maxLength,
  default: preset,
}: JsonSchema): string {
  const bounds = [
    toBound(minimum, maximum),
    toBound(minItems, maxItems, 'items'),
    toBound(minLength, maxLength, 'characters'),
    preset === undefined ? null : `${JSON.stringify(preset)} by default`,
  ];
  return bounds
    .filter((bound) => bound !== null)
    .map((bound) => `, ${bound}`)
    .join('');
}

function toBound(from: number | undefined, to: number | undefined, what = ''): string | null {
  if (from === undefined && to === undefined) return null;
  const range = from === undefined ? `up to ${to}` : to === undefined ? `at least ${from}` : `${from} to ${to}`;
  return `${range} ${what}`.trim();
}

/** The fields of an object, or null for what has none. */
export function renderFields({ properties, required = [] }: JsonSchema): Markup | null {
  if (properties === undefined) return null;
  return html`<table><tbody>${Object.entries(properties).map(
    ([name, field]) => html`<tr>
<th scope="row"><code>${name}</code>${required.includes(name) ? html` <em>required</em>` : null}</th>
<td><span class="type">${describeSchema(field)}</span>${renderDescription(field)}</td>
</tr>`,
  )}</tbody></table>`;
}

function renderDescription(schema: Schema): Markup | null {
  return typeof schema === 'boolean' || schema.description === undefined
    ? null
    : html`<br>${prose(schema.description)}`;
}
