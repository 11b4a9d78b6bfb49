// Content behind a URI, as the domain needs it.
import type { ByteStream, CallOptions } from '../flow/stream.ts';
import type { ExternalStorageType } from '../resource.ts';

/** Content behind a URI, opened. Whoever opened it iterates `bytes`, which closes the connection at its end. */
export type RemoteContent = {
  readonly bytes: ByteStream;
  /** The type that the remote declares, or null. */
  readonly declaredMimeType: string | null;
  /** Without credentials, fragment or signature. */
  readonly originalUri: string;
  readonly externalId: string | null;
  readonly externalStorageType: ExternalStorageType | null;
};

/**
 * Opens the content behind a URI.
 * @throws GatewayError `invalid_input` (a URI that may not be fetched), `forbidden` (a bucket that may not be read),
 *   `remote_failed` (the remote did not give it); the stream throws `remote_failed` when it breaks.
 */
export type RemoteOpener = (
  uri: string,
  options: CallOptions & { readonly accountId: string },
) => Promise<RemoteContent>;
