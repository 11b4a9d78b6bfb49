// The same call in the three transports, as text to paste: a shell, GraphiQL, a TypeScript program.

/** A call, as each transport wants it. */
export type Call = {
  /** What it is for, in a few words. */
  readonly title: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Of REST, with what stands in it already encoded. */
  readonly path: string;
  /** REST's parameters or body, with the names that tRPC has for them. */
  readonly query?: Fields;
  readonly body?: Fields;
  /** Where an answer goes; absent: it is shown. */
  readonly saveAs?: string;
  /** null where only REST has it. */
  readonly graphql: { readonly document: string; readonly variables: Fields } | null;
  readonly trpc: {
    readonly procedure: string;
    readonly kind: 'query' | 'mutate';
    readonly input: Fields | null;
  } | null;
};

type Fields = { readonly [name: string]: unknown };

/** A line for a POSIX shell; the token is read from `$TOKEN`. @param origin what the path is appended to */
export function toCurl({ method, path, query = {}, body, saveAs }: Call, origin: string): string {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => {
      const text = typeof one === 'object' ? JSON.stringify(one) : String(one);
      return `${toSnakeCase(name)}=${encodeURIComponent(text)}`;
    }),
  );
  const url = `${origin}${path}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
  const lines = [
    `curl -s ${method === 'GET' || (method === 'POST' && body !== undefined) ? '' : `-X ${method} `}${quote(url)}`,
    '-H "Authorization: Bearer $TOKEN"',
  ];
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(toSnakeKeys(body), null, 2))}`);
  }
  if (saveAs !== undefined) lines.push(`-o ${quote(saveAs)}`);
  return lines.join(' \\\n  ');
}

/** For GraphiQL: the document, and the variables that belong into its other editor. */
export function toGraphql({ graphql }: Call): string | null {
  if (graphql === null) return null;
  const variables = JSON.stringify(graphql.variables, null, 2);
  return variables === '{}' ? graphql.document : `${graphql.document}\n\n# Variables\n${variables}`;
}

/** For a program with the typed client. */
export function toTrpc({ trpc }: Call): string | null {
  if (trpc === null) return null;
  const input = trpc.input === null ? '' : writeObject(trpc.input);
  return `const result = await client.${trpc.procedure}.${trpc.kind}(${input});`;
}

/** An object literal, as it is written in a program: keys without quotes where they need none. */
function writeObject(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return `[${value.map((one) => writeObject(one, indent)).join(', ')}]`;
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const fields = Object.entries(value).map(
    ([key, one]) =>
      `${inner}${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${writeObject(one, inner)},`,
  );
  return fields.length === 0 ? '{}' : `{\n${fields.join('\n')}\n${indent}}`;
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The fields' own names alone: what is in metadata stays as it is. */
function toSnakeKeys(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [toSnakeCase(name), value]));
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
