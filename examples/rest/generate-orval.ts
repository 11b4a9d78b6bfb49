// Standard input: an OpenAPI document; arguments: the folder for the client that orval makes of it, the gateway's address.
// Orval makes a function for each media type of an operation when it is told to.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { generate } from 'orval';

const [, , folder = '', baseUrl = ''] = process.argv;
await mkdir(folder, { recursive: true });
const document = join(folder, 'openapi.json');
await writeFile(document, await text(process.stdin));
await generate({
  input: { target: document },
  output: {
    target: join(folder, 'client.ts'),
    client: 'fetch',
    mode: 'single',
    baseUrl,
    override: { splitByContentType: true },
  },
});
