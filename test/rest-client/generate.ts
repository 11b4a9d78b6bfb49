// Standard input: an OpenAPI document; standard output: the types that openapi-typescript makes of it.
import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';

process.stdout.write(astToString(await openapiTS(await text(process.stdin))));
