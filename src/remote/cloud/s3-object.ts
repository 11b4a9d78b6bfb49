// Reads s3:// objects with the deployment's own credentials. It judges no bucket: that was done before.
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { GatewayError } from '../../domain/errors.ts';
import { raceSignal } from '../../domain/flow/race-signal.ts';
import { remoteAnswered, remoteFailed, toRemoteFailure } from '../failures.ts';
import { parseContentType } from '../http/answer.ts';
import type { OpenedObject } from '../http/body-reader.ts';
import type { RemoteLimits } from '../options.ts';
import type { CloudObject } from './cloud-uri.ts';

export type S3Objects = {
  /**
   * Opens an object; the signal ends the reading, too.
   * @throws GatewayError `remote_failed`, `content_too_large`; `internal` when the deployment has no credentials
   */
  open(object: CloudObject, options: { readonly signal: AbortSignal }): Promise<OpenedObject>;
  /** Frees connections. */
  close(): Promise<void>;
};

type GetObjectInput = { Bucket: string; Key: string; VersionId?: string; Range?: string; IfMatch?: string };

function toFailure(thrown: unknown): GatewayError {
  const status = (thrown as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
  if (thrown instanceof GatewayError) return thrown;
  if (status !== undefined && status >= 300) return remoteAnswered(status, thrown);
  // No answer and no error of a connection: no region, no credentials. The caller can do nothing about it.
  if (!(thrown instanceof Error && 'code' in thrown)) return new GatewayError('internal', {}, { cause: thrown });
  return toRemoteFailure(thrown);
}

function toSource(output: GetObjectCommandOutput, signal: AbortSignal): Readable {
  const body: unknown = output.Body;
  if (!(body instanceof Readable)) throw new TypeError('the S3 client gave no Node stream');
  body.on('error', () => {});
  const onAbort = () => body.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  body.once('close', () => signal.removeEventListener('abort', onAbort));
  const encoding = output.ContentEncoding ?? '';
  // Some stores keep the upload's own aws-chunked as if it described the object.
  if (!/^(?:aws-chunked|identity)?,?$/i.test(encoding)) {
    throw remoteFailed('the object is stored with a content-encoding; store it without one');
  }
  return body;
}

/** Objects of S3, or of what AWS_ENDPOINT_URL_S3 names. The SDK is loaded when the first one is read. */
export function createS3Objects(config: S3ClientConfig, limits: RemoteLimits): S3Objects {
  let client: Promise<{
    s3: S3Client;
    get: (input: GetObjectInput, signal: AbortSignal) => Promise<GetObjectCommandOutput>;
  }>;

  async function load() {
    const { S3Client, GetObjectCommand } = await import('@aws-sdk/client-s3');
    // The SDK checks a checksum in a stream behind a pipe, where a cut connection goes unheard.
    const s3 = new S3Client({ followRegionRedirects: true, responseChecksumValidation: 'WHEN_REQUIRED', ...config });
    const get = (input: GetObjectInput, abortSignal: AbortSignal) =>
      s3.send(new GetObjectCommand(input), { abortSignal });
    return { s3, get };
  }

  async function get(input: GetObjectInput, signal: AbortSignal): Promise<GetObjectCommandOutput> {
    client ??= load();
    const tooSlow = new AbortController();
    const timer = setTimeout(
      () => tooSlow.abort(remoteFailed('the remote did not answer in time')),
      limits.headerTimeoutMs,
    );
    const either = AbortSignal.any([signal, tooSlow.signal]);
    try {
      return await raceSignal((await client).get(input, either), either);
    } catch (error) {
      signal.throwIfAborted();
      throw toFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async open(object, { signal }) {
      const input = { Bucket: object.bucket, Key: object.key, ...(object.version && { VersionId: object.version }) };
      const output = await get(input, signal);
      const source = toSource(output, signal);
      const lengthBytes = output.ContentLength ?? null;
      if (lengthBytes !== null && lengthBytes > limits.maxBytes) {
        throw new GatewayError('content_too_large', { maxBytes: limits.maxBytes });
      }
      const { ETag } = output;
      return {
        source,
        lengthBytes,
        declaredMimeType: parseContentType(output.ContentType),
        versionRead: output.VersionId === 'null' ? null : (output.VersionId ?? null),
        reopen:
          ETag === undefined || lengthBytes === null
            ? null
            : async (positionBytes) => {
                const rest = await get({ ...input, IfMatch: ETag, Range: `bytes=${positionBytes}-` }, signal);
                const restSource = toSource(rest, signal);
                if (rest.ContentRange !== `bytes ${positionBytes}-${lengthBytes - 1}/${lengthBytes}`) {
                  throw remoteFailed('the remote cut the connection and resumed with other bytes');
                }
                return { source: restSource, lengthBytes };
              },
      };
    },
    async close() {
      if (client !== undefined) (await client.catch(() => null))?.s3.destroy();
    },
  };
}
