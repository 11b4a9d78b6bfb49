import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { openS3Store } from '../../../src/storage/s3/store.ts';

/** A store that answers everything with one failure, as the vendors spell it. */
async function openRefusingStore(refusal: { status: number; code: string; more?: string }) {
  return await openAnswering((request, response) => {
    request.resume();
    const { status, code, more = '' } = refusal;
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${more}</Error>`);
  });
}

async function openAnswering(answer: RequestListener) {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { endpoint: `http://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: close };
}

function open(endpoint: string, more: { region?: string | undefined } = { region: 'us-east-1' }) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return openS3Store({ bucket: 'given', endpoint, forcePathStyle: true, credentials, createBucket: false, ...more });
}

describe('opening an S3 store tells the operator what to change', () => {
  it.each([
    [{ status: 404, code: 'NoSuchBucket' }, 'the bucket given does not exist; create it'],
    [
      { status: 403, code: 'AccessDenied' },
      'access to the bucket given is denied; allow the credentials s3:ListBucket',
    ],
    [{ status: 403, code: 'InvalidAccessKeyId' }, 'the credentials are not accepted (InvalidAccessKeyId)'],
    [{ status: 403, code: 'SignatureDoesNotMatch' }, 'the credentials are not accepted (SignatureDoesNotMatch)'],
    [{ status: 403, code: 'RequestTimeTooSkewed' }, 'the clock of this machine is wrong'],
    [{ status: 301, code: 'PermanentRedirect' }, 'set AWS_REGION to the region that the bucket is in'],
    [
      { status: 400, code: 'AuthorizationHeaderMalformed', more: '<Region>eu-west-1</Region>' },
      'the bucket given is in another region; set AWS_REGION to eu-west-1',
    ],
    [{ status: 400, code: 'InvalidLocationConstraint' }, 'set AWS_REGION to one that it has'],
    [{ status: 501, code: 'NotImplemented' }, 'the bucket given cannot be used (NotImplemented: no)'],
  ])('when the store answers %j', async (refusal, sentence) => {
    await using store = await openRefusingStore(refusal);
    await expect(open(store.endpoint)).rejects.toThrow(sentence);
  });

  it.each([{}, { etag: '"0123456789abcdef0123456789abcdef"' }])(
    'when a page with %j answers everything',
    async (more) => {
      await using store = await openAnswering((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/html', ...more });
        response.end('<html><body>welcome</body></html>');
      });
      await expect(open(store.endpoint)).rejects.toThrow(/the bucket given cannot be used \(.*AWS_ENDPOINT_URL_S3/);
    },
  );

  it('when nothing listens', async () => {
    const store = await openRefusingStore({ status: 500, code: 'x' });
    await store[Symbol.asyncDispose]();
    await expect(open(store.endpoint)).rejects.toThrow(
      /the store cannot be reached \(ECONNREFUSED\); check .*AWS_ENDPOINT_URL_S3/,
    );
  });

  it('when the host name is not known', async () => {
    await expect(open('http://no-such-host.invalid')).rejects.toThrow(
      /check AWS_ENDPOINT_URL_S3, and set S3_FORCE_PATH_STYLE=true/,
    );
  });
});
