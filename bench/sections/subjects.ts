// Who is measured: the baseline, which speaks REST, and the gateway in each transport.
import { REST, TRANSPORTS, type Transport } from '../client/transports.ts';
import type { ServerProcess } from '../servers/server-process.ts';

export type Contender = {
  readonly name: string;
  readonly server: ServerProcess;
  readonly transport: Transport;
  /** How many names it takes in turn; a new one each time when absent. */
  readonly names?: number;
};

/** The baseline comes first: the others are compared with it. */
export function toContenders(servers: { baseline: ServerProcess; gateway: ServerProcess }): readonly Contender[] {
  return [
    { name: 'baseline', server: servers.baseline, transport: REST },
    ...TRANSPORTS.map((transport) => ({ name: transport.name, server: servers.gateway, transport })),
  ];
}
