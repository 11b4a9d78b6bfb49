// Standard input: an OpenAPI document; standard output: the types that openapi-typescript makes of it, files as files.
import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const nodes = await openapiTS(await text(process.stdin), {
  transform: ({ format }) =>
    format === 'binary' ? ts.factory.createTypeReferenceNode(ts.factory.createIdentifier('Blob')) : undefined,
});
process.stdout.write(astToString(nodes));
