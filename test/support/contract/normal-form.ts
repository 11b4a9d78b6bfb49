// An OpenAPI operation reduced to its structure, so that two ways of writing the same thing compare as equal.

type Node = { readonly [key: string]: unknown };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asNode(value: unknown): Node {
  if (!isNode(value)) throw new Error(`expected an object, not ${JSON.stringify(value)}`);
  return value;
}

/** What a local reference leads to, with what stands beside the reference kept. */
function follow(document: Node, node: Node): Node {
  const { $ref, ...beside } = node;
  if (typeof $ref !== 'string') return node;
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => asNode(at)[key], document);
  return { ...follow(document, asNode(target)), ...beside };
}

/** `nullable`, a second type and a choice with null all say the same. */
function toSchemaForm(document: Node, schema: unknown): Node {
  const { anyOf, nullable, type, ...node } = follow(document, asNode(schema));
  if (Array.isArray(anyOf)) {
    const [value, none] = anyOf.map(asNode);
    if (anyOf.length !== 2 || none?.type !== 'null') throw new Error('a choice of more than a value and null');
    return { ...toSchemaForm(document, value), nullable: true };
  }
  const types = [type].flat();
  const { description: _words, properties, items, required, ...rest } = node;
  return {
    ...rest,
    type: types.filter((one) => one !== 'null'),
    nullable: nullable === true || types.includes('null'),
    ...(Array.isArray(required) && { required: [...required].sort() }),
    ...(items !== undefined && { items: toSchemaForm(document, items) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(asNode(properties)).map(([name, property]) => [name, toSchemaForm(document, property)]),
      ),
    }),
  };
}

function toContentForm(document: Node, content: unknown): Node {
  const mediaTypes = Object.entries(asNode(content));
  return Object.fromEntries(mediaTypes.map(([type, media]) => [type, toSchemaForm(document, asNode(media).schema)]));
}

/** Body, answers and security of one operation, without words and without references. */
export function toNormalForm(document: unknown, place: { path: string; method: string }): Node {
  const whole = asNode(document);
  const operation = asNode(asNode(asNode(whole.paths)[place.path])[place.method]);
  const { requestBody, responses, parameters = [] } = operation;
  const body = asNode(requestBody);
  return {
    parameters,
    body: { required: body.required, content: toContentForm(whole, body.content) },
    answers: Object.fromEntries(
      Object.entries(asNode(responses)).map(([status, response]) => [
        status,
        toContentForm(whole, follow(whole, asNode(response)).content),
      ]),
    ),
    security: operation.security ?? whole.security,
    schemes: asNode(whole.components).securitySchemes,
  };
}
