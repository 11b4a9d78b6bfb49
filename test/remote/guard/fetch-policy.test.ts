import { describe, expect, it } from 'vitest';
import { isAllowedHost, parseAllowedHosts, parseFetchUrl } from '../../../src/remote/guard/fetch-policy.ts';
import { toOriginalUri } from '../../../src/remote/original-uri.ts';

describe('allowed hosts', () => {
  const allowed = parseAllowedHosts([
    { host: 'Files.Internal.', port: null },
    { host: '127.1', port: 8080 },
    { host: '[::1]', port: 9000 },
    { host: '::2', port: 9000 },
  ]);

  it.each([
    ['http://files.internal/', true],
    ['https://files.internal./a', true],
    ['http://files.internal:443/', true],
    ['http://files.internal:8080/', true],
    ['http://sub.files.internal/', false],
    ['http://127.0.0.1:8080/', true],
    ['http://127.0.0.1/', false],
    ['http://[0::1]:9000/', true],
    ['http://[::2]:9000/', true],
    ['http://[::2]/', false],
  ])('hold %s: %s', (uri, isAllowed) => expect(isAllowedHost(new URL(uri), allowed)).toBe(isAllowed));

  it.each(['a/b', 'u@h', 'h?x'])('refuse %s, which is no host', (host) => {
    expect(() => parseAllowedHosts([{ host, port: null }])).toThrow(TypeError);
  });

  it('open a port for their own host only', () => {
    expect(parseFetchUrl('http://127.0.0.1:8080/a#b', allowed).href).toBe('http://127.0.0.1:8080/a');
    expect(() => parseFetchUrl('http://example.com:8080/', allowed)).toThrow('uri must use port 80 or 443');
  });
});

describe('the original URI', () => {
  it.each([
    ['https://h/a', 'https://h/a'],
    ['https://h', 'https://h'],
    ['https://h/a?b=%20c&d#frag?x', 'https://h/a?b=%20c&d'],
    ['https://h/a?X-Amz-Signature=s&X-Amz-Credential=c&response-content-type=t', 'https://h/a?response-content-type=t'],
    ['https://h/a?AWSAccessKeyId=k&Signature=s&Expires=1&v=2', 'https://h/a?v=2'],
    ['https://h/a?GoogleAccessId=k&X-Goog-Signature=s', 'https://h/a'],
    ['https://h/a?sv=2020&se=x&sr=b&sp=r&sig=s&x=1', 'https://h/a?x=1'],
    ['https://h/a?sv=2020&sp=r', 'https://h/a?sv=2020&sp=r'],
    ['https://h/a?Policy=p&Key-Pair-Id=k&Signature=s', 'https://h/a'],
    ['https://h/a?%74oken=s&Access_Token=s&api_key=s&page=1', 'https://h/a?page=1'],
    ['https://h/a?%zz=1', 'https://h/a?%zz=1'],
  ])('of %s is %s', (uri, original) => expect(toOriginalUri(uri)).toBe(original));
});
