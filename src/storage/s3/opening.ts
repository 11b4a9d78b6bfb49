// What is found out about a bucket before anything relies on it. It refuses to start on one that cannot be written.
import { answeredStatus, errorName, type S3Connection } from './client.ts';
import { probeBucket } from './probe.ts';

const NEEDED_PERMISSIONS =
  's3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListBucketMultipartUploads';
/** Only against a store that never ends an answer; the connection's own limits bound each call. */
const OPENING_TIMEOUT_MS = 120_000;

/** It comes before HeadBucket, whose failures have no body and so no reason in them. */
async function probe(connection: S3Connection): Promise<void> {
  await probeBucket(connection, { signal: AbortSignal.timeout(OPENING_TIMEOUT_MS) });
  await connection.client.headBucket({ Bucket: connection.bucket });
}

async function createBucket({ client, bucket }: S3Connection): Promise<void> {
  try {
    await client.createBucket({ Bucket: bucket });
  } catch (thrown) {
    // Somebody, perhaps another process of ours, was faster.
    if (errorName(thrown) !== 'BucketAlreadyOwnedByYou') throw thrown;
  }
}

function properRegion(thrown: unknown): string {
  if (thrown instanceof Error && 'Region' in thrown && typeof thrown.Region === 'string') return thrown.Region;
  return 'the region that the bucket is in';
}

/** What the operator must change, by the reason that S3, the SDK or the system gave. */
function explain(thrown: unknown, bucket: string): string {
  const name = errorName(thrown);
  const status = answeredStatus(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (message === 'Region is missing') {
    return 'no region is set; set AWS_REGION (for a store that is not AWS us-east-1 will do)';
  }
  switch (name) {
    case 'NoSuchBucket':
      return `the bucket ${bucket} does not exist; create it, or set S3_BUCKET to one that exists`;
    case 'BucketAlreadyExists':
      return `the bucket name ${bucket} belongs to somebody else; set S3_BUCKET to another name`;
    case 'InvalidBucketName':
      return `${bucket} cannot be the name of a bucket; set S3_BUCKET to a valid name`;
    case 'CredentialsProviderError':
      return `no credentials were found (${message}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role`;
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
    case 'InvalidToken':
    case 'UnrecognizedClientException':
      return `the credentials are not accepted (${name}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN`;
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return `the bucket ${bucket} is in another region; set AWS_REGION to ${properRegion(thrown)}`;
    case 'InvalidLocationConstraint':
      return `the store has no region of this name, so ${bucket} cannot be created; set AWS_REGION to one that it has`;
    case 'RequestTimeTooSkewed':
      return 'the clock of this machine is wrong; set it right';
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EPIPE':
    case 'ETIMEDOUT':
    case 'TimeoutError':
      return `the store cannot be reached (${name}); check that it runs and that AWS_ENDPOINT_URL_S3 is its address`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the store's host name is not known (${message}); check AWS_ENDPOINT_URL_S3, and set S3_FORCE_PATH_STYLE=true for a store without a host name for each bucket`;
  }
  if (status === 301) {
    return `the bucket ${bucket} is in another region; set AWS_REGION to ${properRegion(thrown)}`;
  }
  if (status === 403) {
    return `access to the bucket ${bucket} is denied; allow the credentials ${NEEDED_PERMISSIONS} on it`;
  }
  if (status === 404) return `the bucket ${bucket} does not exist; create it, or set S3_BUCKET to one that exists`;
  return `the bucket ${bucket} cannot be used (${name === '' || name === 'Error' ? message : `${name}: ${message}`})`;
}

/**
 * Proves that the bucket exists and keeps what is written to it.
 * @throws an Error that tells the operator what to change, with the cause kept
 */
export async function requireWritableBucket(connection: S3Connection, options: { create: boolean }): Promise<void> {
  try {
    await probe(connection).catch(async (thrown: unknown) => {
      if (!options.create || errorName(thrown) !== 'NoSuchBucket') throw thrown;
      await createBucket(connection);
      await probe(connection);
    });
  } catch (thrown) {
    throw new Error(`cannot keep blobs in S3: ${explain(thrown, connection.bucket)}`, { cause: thrown });
  }
}
