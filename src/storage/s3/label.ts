// The label of a bucket: one small object that says which store it is. It is made once, and by whoever is first.
import type { CallOptions } from '../../domain/flow/stream.ts';
import { answeredStatus, errorName, requireETag, type S3Connection } from './client.ts';

/** Not shaped like a blob's key: neither a sweep nor a verification looks at it. */
export const LABEL_KEY = 'resource-gateway/store';

/** What the label says, or null when there is none. */
export async function readLabel({ client, bucket }: S3Connection, { signal }: CallOptions): Promise<string | null> {
  try {
    const answer = await client.getObject({ Bucket: bucket, Key: LABEL_KEY }, { abortSignal: signal });
    requireETag(answer);
    return (await answer.Body?.transformToString()) ?? '';
  } catch (thrown) {
    if (answeredStatus(thrown) === 404) return null;
    throw thrown;
  }
}

/** Puts a label on the bucket; with `replace` also over another. @returns what the label says afterwards */
export async function writeLabel(
  connection: S3Connection,
  { text, replace, signal }: CallOptions & { readonly text: string; readonly replace: boolean },
): Promise<string> {
  const { client, bucket } = connection;
  const put = async (condition: { IfNoneMatch?: string }) => {
    const object = { Bucket: bucket, Key: LABEL_KEY, Body: text, ...condition };
    requireETag(await client.putObject(object, { abortSignal: signal }));
  };
  try {
    await put(replace ? {} : { IfNoneMatch: '*' });
  } catch (thrown) {
    const status = answeredStatus(thrown);
    // Some stores know no condition; there the last of several that race wins.
    if (status === 501 || errorName(thrown) === 'NotImplemented') await put({});
    else if (status !== 412 && status !== 409) throw thrown;
  }
  return (await readLabel(connection, { signal })) ?? text;
}
