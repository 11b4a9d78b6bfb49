// Who is measured: the baseline, which speaks REST, and the gateway in each tongue.
import { REST, TONGUES, type Tongue } from '../client/tongues.ts';
import type { ServerProcess } from '../servers/server-process.ts';

export type Contender = { readonly name: string; readonly server: ServerProcess; readonly tongue: Tongue };

/** The baseline comes first: the others are compared with it. */
export function toContenders(servers: { baseline: ServerProcess; gateway: ServerProcess }): readonly Contender[] {
  return [
    { name: 'baseline', server: servers.baseline, tongue: REST },
    ...TONGUES.map((tongue) => ({ name: tongue.name, server: servers.gateway, tongue })),
  ];
}
