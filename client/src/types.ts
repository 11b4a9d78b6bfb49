// The words that the client shares with the gateway: types alone, bundled from its router when the package is built.
import type { TRPCClient } from '@trpc/client';
import type { inferRouterInputs } from '@trpc/server';
import type { AppRouter } from '../../src/resolvers/trpc/types.ts';

export type {
  AppRouter,
  PublicDirectoryPage,
  PublicEvent,
  PublicEventPage,
  PublicResource,
  PublicResource as Resource,
  PublicResourcePage,
  PublicUpload,
  PublicUploadPage,
} from '../../src/resolvers/trpc/types.ts';

/** Every operation, typed; see the gateway's README for what each does. */
export type GatewayApi = TRPCClient<AppRouter>;

type CreateUpload = inferRouterInputs<AppRouter>['upload']['create'];

/** What may be said of a resource beside its content; see the gateway's README, "What a field may hold". */
export type ResourceFields = NonNullable<CreateUpload['resource']>;
