import { describe, expect, it } from 'vitest';
import { parseAzureUrl, parseCloudUri, toExternalId } from '../../../src/remote/cloud/cloud-uri.ts';

describe('cloud addresses', () => {
  it.each([
    ['s3://in/a/b%20c.txt', { kind: 's3', bucket: 'in', key: 'a/b c.txt', version: null }],
    ['S3://in/a?versionId=v%2B1', { kind: 's3', bucket: 'in', key: 'a', version: 'v+1' }],
    ['s3://in//a//', { kind: 's3', bucket: 'in', key: '/a//', version: null }],
    ['gs://raw/a%23b#17', { kind: 'gcs', bucket: 'raw', key: 'a#b', version: '17' }],
    ['azblob://acct/files/a/b', { kind: 'azure_blob', account: 'acct', bucket: 'files', key: 'a/b', version: null }],
  ])('%s is taken apart', (uri, object) => expect(parseCloudUri(uri)).toEqual(object));

  it.each([
    's3://in',
    's3://in/',
    's3:///key',
    's3://in/a#b',
    's3://in/a?b=c',
    's3://in/a%00b',
    's3://in/%ff',
    's3://in/100%',
    's3://in/a/./b',
    `s3://in/${'a'.repeat(1025)}`,
    'gs://raw/a?alt=json',
    'gs://raw/a#latest',
    'azblob://acct/files',
    'azblob://acct/Files/a',
  ])('%s is refused', (uri) => expect(() => parseCloudUri(uri)).toThrow(/^uri must/));

  it('leave other schemes to others', () => expect(parseCloudUri('https://h/s3://in/a')).toBeNull());

  it('know a blob by its https address, and a signature in it', () => {
    const blob = { kind: 'azure_blob', account: 'acct', bucket: 'files', key: 'a/b c', version: null, hasSas: false };
    expect(parseAzureUrl(new URL('https://acct.blob.core.windows.net/files/a/b%20c'))).toEqual(blob);
    expect(parseAzureUrl(new URL('https://acct.blob.core.windows.net/a?sig=s'))).toMatchObject({
      bucket: '$root',
      key: 'a',
      hasSas: true,
    });
    expect(parseAzureUrl(new URL('https://acct.blob.core.windows.net.evil.example/files/a'))).toBeNull();
  });

  it('name the version that was read, or else the one asked for', () => {
    const s3 = { kind: 's3', bucket: 'in', key: 'a', version: null } as const;
    expect(toExternalId(s3, null)).toBe('in/a');
    expect(toExternalId(s3, 'v1')).toBe('in/a?versionId=v1');
    expect(toExternalId({ ...s3, kind: 'gcs' }, '17')).toBe('in/a#17');
    expect(toExternalId({ ...s3, kind: 'azure_blob', account: 'acct', version: 'v' }, null)).toBe(
      'acct/in/a?versionId=v',
    );
  });
});
