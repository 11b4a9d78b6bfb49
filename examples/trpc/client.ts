// A frontend of somebody else's: strict, with the package installed by path and nothing else of ours.
import { createTRPCClient, httpBatchLink, httpLink } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter, PublicResource } from 'resource-gateway/trpc';

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Assignable both ways; tRPC spells out what JSON makes of a type. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

const isExact: [
  Same<Outputs['resource']['create'], PublicResource>,
  Same<Outputs['resource']['byId'], PublicResource>,
  Equal<Inputs['resource']['byId'], { id: string }>,
  Same<Outputs['resource']['update'], PublicResource>,
  Same<Outputs['resource']['createMany']['items'][number]['resource'], PublicResource | null>,
  Same<Inputs['resource']['createMany']['items'][number], Exclude<Inputs['resource']['create'], FormData>>,
  Equal<Outputs['resource']['delete'], { deleted: number }>,
  Equal<PublicResource['createdAt'], string>,
  Equal<PublicResource['sizeBytes'], number>,
  Equal<PublicResource['externalStorageType'], 's3' | 'gcs' | 'azure_blob' | null>,
] = [true, true, true, true, true, true, true, true, true, true];
void isExact;

declare const process: { argv: string[] };
const [, , url = '', token = ''] = process.argv;
const options = { url: `${url}/trpc`, headers: { authorization: `Bearer ${token}` } };

for (const [name, link] of [
  ['single', httpLink(options)],
  ['batched', httpBatchLink(options)],
] as const) {
  const client = createTRPCClient<AppRouter>({ links: [link] });
  const input: Inputs['resource']['create'] = {
    name: `consumer-${name}.txt`,
    directoryPath: '/',
    content: 'data:text/plain;base64,SGVsbG8=',
    metadata: { from: ['a', 'consumer'] },
  };
  // @ts-expect-error a name is required
  const wrong: Inputs['resource']['create'] = { directoryPath: '/' };
  void wrong;
  const created = await client.resource.create.mutate(input);
  const read = await client.resource.byId.query({ id: created.id });
  console.log(JSON.stringify([read.name, read.sizeBytes, read.metadata]));
}
