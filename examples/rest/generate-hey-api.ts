// Standard input: an OpenAPI document; first argument: the folder for the client that hey-api makes of it. It makes one
// function of an operation, for the first of its media types, so a create is left with the form alone.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createClient } from '@hey-api/openapi-ts';

const [, , folder = ''] = process.argv;
await mkdir(folder, { recursive: true });
const document = join(folder, 'openapi.json');
await writeFile(document, await text(process.stdin));
await createClient({
  input: document,
  output: { path: join(folder, 'client'), module: { extension: '.js' } },
  logs: { level: 'silent' },
  parser: {
    patch: {
      operations: {
        'POST /v1/resources': (operation) => {
          const { requestBody } = operation as { requestBody?: { content?: { [type: string]: unknown } } };
          delete requestBody?.content?.['application/json'];
        },
      },
    },
  },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
});
