// Which buckets may be read with the deployment's credentials: those its operator named. It refuses all others alike.
import { GatewayError } from '../../domain/errors.ts';
import type { SourceBucket } from '../options.ts';
import type { CloudObject } from './cloud-uri.ts';

/**
 * Lets an object of a named bucket pass.
 * @throws GatewayError `forbidden`, whether the bucket exists or not
 */
export function requireSourceBucket(object: CloudObject, sourceBuckets: readonly SourceBucket[]): void {
  const isNamed = sourceBuckets.some((source) => {
    if (source.kind !== object.kind || source.bucket !== object.bucket) return false;
    return source.kind !== 'azure_blob' || (object.kind === 'azure_blob' && source.account === object.account);
  });
  if (!isNamed) {
    const place = object.kind === 'azure_blob' ? `${object.account}/${object.bucket}` : object.bucket;
    throw new GatewayError('forbidden', {
      reason: `the gateway may not read from ${place}; its operator must name it as a source`,
    });
  }
}
