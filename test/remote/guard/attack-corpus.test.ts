import { describe, expect, it } from 'vitest';
import { type Attack, attackCorpus } from '../../../src/commands/attack-corpus.ts';
import { DEFAULT_REMOTE_LIMITS, type SourceBucket } from '../../../src/remote/options.ts';
import { openRemoteFixture, toRefusal } from '../../support/remote/remote-fixture.ts';
import { openHttpOrigin } from '../../support/servers/http-origin.ts';

const sourceBuckets: readonly SourceBucket[] = [
  { kind: 's3', bucket: 'in' },
  { kind: 'gcs', bucket: 'raw' },
  { kind: 'azure_blob', account: 'acct', bucket: 'container' },
];
const NO_ADDRESS = 'remote_failed: the host of the uri has no public address that may be fetched from';

function toNames({ uri, addresses }: Attack): { readonly [name: string]: readonly string[] } {
  const name = URL.parse(uri)?.hostname.replace(/\.$/, '');
  return name && addresses.length > 0 ? { [name]: addresses } : {};
}

describe('the attack corpus', () => {
  it.each(attackCorpus)('lets nothing through at $uri ($what)', async (attack) => {
    await using fixture = openRemoteFixture({ sourceBuckets, names: toNames(attack) });
    const refusal = await toRefusal(fixture.open(attack.uri));
    // Any other sentence would come from a connection that was tried.
    const isCloud = /^(s3|gs|azblob):|\.blob\.core\./.test(attack.uri);
    if (isCloud || refusal !== NO_ADDRESS)
      expect(refusal).toMatch(/^(invalid_input: uri |forbidden: the gateway may not read )/);
    else expect(fixture.blocked.length).toBe(1);
  });

  it.each(attackCorpus)('lets nothing through behind a redirect to $uri ($what)', async (attack) => {
    await using origin = await openHttpOrigin();
    await using fixture = openRemoteFixture({
      sourceBuckets,
      names: { 'origin.test': ['127.0.0.1'], ...toNames(attack) },
      allowHosts: [{ host: 'origin.test', port: origin.port }],
    });
    const to = encodeURIComponent(attack.uri);
    const refusal = await toRefusal(fixture.open(`http://origin.test:${origin.port}/redirect?to=${to}`));
    // A relative or an empty target stays at the origin, which is where it may be.
    const isRelative = URL.parse(attack.uri) === null && !attack.uri.includes(':');
    if (isRelative && !attack.uri.startsWith('//')) return expect(refusal).toMatch(/^let through|more than 3 times$/);
    if (refusal !== NO_ADDRESS) expect(refusal).toMatch(/redirected to an address that may not be fetched$/);
    return expect(origin.requests.length).toBe(1);
  });

  it('connects to the judged answer of a resolver that gives another one each time', async () => {
    await using origin = await openHttpOrigin();
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
    await using fixture = openRemoteFixture({
      lookup: async () => [{ address: answers.shift() ?? '', family: 4 }],
      allowHosts: [{ host: 'rebinding.example', port: origin.port }],
    });
    expect(await toRefusal(fixture.open(`http://rebinding.example:${origin.port}/`))).toMatch(/^let through/);
    expect(answers).toEqual(['127.0.0.2', '127.0.0.3']);
  });

  it('judges the second hop by its own look-up, of the same name too', async () => {
    await using origin = await openHttpOrigin();
    await using fixture = openRemoteFixture({
      names: { 'origin.test': ['127.0.0.1'] },
      allowHosts: [{ host: 'origin.test', port: origin.port }],
    });
    const uri = `http://origin.test:${origin.port}/redirect?to=http://origin.test/`;
    expect(await toRefusal(fixture.open(uri))).toBe(NO_ADDRESS);
    expect(fixture.blocked).toEqual([
      {
        uri: 'http://origin.test/',
        host: 'origin.test',
        addresses: ['127.0.0.1'],
        reason: 'an address is not global unicast',
      },
    ]);
  });

  it('answers a name that does not exist as it answers one inside, and no sooner than the step', async () => {
    await using fixture = openRemoteFixture({
      names: { 'db.internal': ['10.0.0.5'] },
      limits: { refusalStepMs: DEFAULT_REMOTE_LIMITS.refusalStepMs },
    });
    const uris = ['http://db.internal/', 'http://no.internal/', 'http://10.0.0.5/', 'https://127.0.0.1/'];
    const answers = await Promise.all(
      uris.map(async (uri) => {
        const startedAtMs = performance.now();
        const refusal = await toRefusal(fixture.open(uri));
        const spentMs = performance.now() - startedAtMs;
        return { refusal, isWithinStep: spentMs > DEFAULT_REMOTE_LIMITS.refusalStepMs - 5 };
      }),
    );
    for (const answer of answers) expect(answer).toEqual({ refusal: NO_ADDRESS, isWithinStep: true });
    expect(fixture.blocked.length).toBe(uris.length);
  });
});
