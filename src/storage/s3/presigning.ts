// Addresses that S3 itself answers for a while. It refuses to let a stored type or name decide how a browser treats them.
import type { BlobStore } from '../../domain/content/blob-store.ts';
import { attempt } from '../store-failure.ts';
import type { S3Connection } from './client.ts';

/** Signs a GET of an object, which needs no answer from the store; see `BlobStore.presign`. */
export async function presignInS3(
  connection: S3Connection,
  options: Parameters<BlobStore['presign']>[1] & { readonly key: string },
): Promise<string> {
  options.signal.throwIfAborted();
  return await attempt(sign(connection, options), {
    signal: options.signal,
    sentence: `no address could be signed for the blob ${options.key}`,
  });
}

async function sign({ reader, bucket }: S3Connection, options: Parameters<typeof presignInS3>[1]): Promise<string> {
  // Loaded with the first address, as the SDK is with the first store.
  const [{ GetObjectCommand }, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: options.key,
    // An object has no type of its own here: content is shared by records that may call it differently.
    ResponseContentType: options.contentType,
    ResponseContentDisposition: options.contentDisposition,
    ResponseCacheControl: 'private, no-cache',
  });
  return await getSignedUrl(reader, command, { expiresIn: options.expiresInSeconds });
}
