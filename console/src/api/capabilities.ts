// What this gateway can do, by its own OpenAPI document: what it has not, the console does not show.
import { useQuery } from '@tanstack/react-query';
import { GATEWAY_URL } from './gateway.ts';

export type Capabilities = {
  readonly version: string;
  /** Whether there is something at this path of REST, spelt as in the document: `/v1/resources/{id}/versions`. */
  has(path: string): boolean;
};

type Document = { info: { version: string }; paths: { [path: string]: unknown } };

/** null until it is known. */
export function useCapabilities(): Capabilities | null {
  const { data } = useQuery({
    queryKey: ['capabilities'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<Document> => {
      const response = await fetch(`${GATEWAY_URL}/openapi.json`);
      if (!response.ok) throw new Error('the gateway does not tell what it can do');
      return (await response.json()) as Document;
    },
  });
  if (data === undefined) return null;
  return { version: data.info.version, has: (path) => path in data.paths };
}
