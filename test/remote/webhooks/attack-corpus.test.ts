import { describe, expect, it } from 'vitest';
import { type Attack, attackCorpus } from '../../../src/commands/attack-corpus.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { openWebhookFixture } from '../../support/remote/webhook-fixture.ts';
import { openHttpOrigin } from '../../support/servers/http-origin.ts';

function toNames({ uri, addresses }: Attack): { readonly [name: string]: readonly string[] } {
  const name = URL.parse(uri)?.hostname.replace(/\.$/, '');
  return name && addresses.length > 0 ? { [name]: addresses } : {};
}

const NO_ADDRESS = 'the host of the url has no public address that may be fetched from';

describe('the attack corpus, as addresses of webhooks', () => {
  it.each(attackCorpus)('gets nothing at $uri ($what)', async (attack) => {
    await using fixture = openWebhookFixture({ allowHosts: [], names: toNames(attack) });
    let refusal: unknown = null;
    try {
      fixture.sender.requireAllowed(attack.uri);
    } catch (thrown) {
      refusal = thrown;
    }
    // What is refused by its text cannot be set; what is not is judged by what its name resolves to, at each message. What is
    // there already, from when more was allowed, gets nothing either.
    if (refusal !== null) expect(refusal).toSatisfy((it) => it instanceof GatewayError && it.code === 'invalid_input');
    const answer = await fixture.send(attack.uri);
    expect(answer).toMatchObject({ status: null, response: null, retryAfterMs: null });
    if (refusal === null) {
      expect(answer.error).toBe(NO_ADDRESS);
      expect(fixture.blocked).toHaveLength(1);
    } else expect(answer.error).toSatisfy((error) => error === NO_ADDRESS || `${error}`.startsWith('url '));
  });

  it.each(attackCorpus)('gets nothing behind a redirect to $uri ($what)', async (attack) => {
    await using origin = await openHttpOrigin();
    await using fixture = openWebhookFixture({
      allowHosts: [{ host: 'origin.test', port: origin.port }],
      names: { 'origin.test': ['127.0.0.1'], ...toNames(attack) },
    });
    const to = encodeURIComponent(attack.uri);
    const answer = await fixture.send(`http://origin.test:${origin.port}/redirect?to=${to}`);
    // Node's own parser refuses what is no header.
    if (answer.status !== null) expect(answer.error).toBe('the address answered 302; redirects are not followed');
    expect(answer.error).not.toBeNull();
    expect(origin.requests).toHaveLength(1);
  });

  it.each(['ftp://example.com/', 's3://bucket/key', 'gs://b/o', 'azblob://a/c/b', 'upload:1', 'data:text/plain,a', ''])(
    'is http or https alone, not %j',
    async (url) => {
      await using fixture = openWebhookFixture({ allowHosts: [] });
      expect(() => fixture.sender.requireAllowed(url)).toThrow('url must begin with https:// or http://');
    },
  );

  it('is not longer than can be looked at', async () => {
    await using fixture = openWebhookFixture({ allowHosts: [] });
    expect(() => fixture.sender.requireAllowed(`https://example.com/${'a'.repeat(3_000)}`)).toThrow(
      'url must not be longer than 2048 characters',
    );
  });
});
