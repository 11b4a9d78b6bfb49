// One row per rule of finding. Each is run through every transport over the same account and has to come out the same.
import type { ChangeKind } from './change-transports.ts';
import type { FindOperation } from './find-transports.ts';
import { MARKS_IN_URL } from './marks.ts';
import type { Input } from './transports.ts';

/** What lies in the account, in the order of its creation. Sizes are those of the contents. */
export const WORLD: readonly Input[] = [
  { path: '/readme.txt', content: 'data:text/plain;base64,SGVsbG8=', tags: ['a'], metadata: { project: 'x', n: 1 } },
  { path: '/docs/a.txt', content: 'data:text/plain;charset=utf-8;base64,SGVsbG8=', tags: ['a', 'b'] },
  { path: '/docs/a-b.png', content: 'data:image/png;base64,QUFB', tags: ['b'], metadata: { project: 'y' } },
  {
    path: '/docs/deep/er/c.bin',
    content: `data:application/x-own;base64,${'QUFB'.repeat(100)}`,
    tags: ['a', 'b', 'ü'],
    metadata: { project: 'x', labels: ['p', 'q'], nested: { deep: true } },
  },
  { path: '/docs-2024/d.jpg', content: 'data:image/jpeg;base64,QUE=', subject: 'bob' },
  { path: '/docs/\u00e9.txt', content: 'data:text/plain;base64,' },
];
const README_SHA256 = '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969';

export type FindScenario = {
  readonly says: string;
  readonly operation: FindOperation;
  readonly input: Input;
  readonly kind: ChangeKind;
  /** The names found, in order; or what the value must match; or a part of the refusal's sentence. */
  readonly expect: readonly string[] | { readonly [key: string]: unknown } | RegExp;
  readonly account?: string;
  readonly scope?: string;
  /** Refused by GraphQL's own type system, whose sentence is its own. */
  readonly typed?: true;
};

const finds = (says: string, input: Input, names: readonly string[]): FindScenario => ({
  says: `finds ${says}`,
  operation: 'list',
  input: { sort: 'name', ...input },
  kind: 'ok',
  expect: names,
});
const refuses = (says: string, input: Input, sentence: RegExp): FindScenario => ({
  says: `refuses ${says}`,
  operation: 'list',
  input,
  kind: 'bad_request',
  expect: sentence,
});

const EVERYTHING = ['a-b.png', 'a.txt', 'c.bin', 'd.jpg', 'readme.txt', '\u00e9.txt'];

const lists: FindScenario[] = [
  finds('everything, by the bytes of the name', {}, EVERYTHING),
  finds('everything, backwards', { order: 'desc' }, EVERYTHING.toReversed()),
  finds('the newest first when nothing is said', { sort: undefined }, [
    '\u00e9.txt',
    'd.jpg',
    'c.bin',
    'a-b.png',
    'a.txt',
    'readme.txt',
  ]),
  finds('the oldest first', { sort: 'created', order: 'asc', limit: 2 }, ['readme.txt', 'a.txt']),
  finds('the smallest first, equal ones by age', { sort: 'size' }, [
    '\u00e9.txt',
    'd.jpg',
    'a-b.png',
    'readme.txt',
    'a.txt',
    'c.bin',
  ]),
  finds('what lies in a directory and not below', { directoryPath: 'docs/' }, ['a-b.png', 'a.txt', '\u00e9.txt']),
  finds('what lies in the root and not below', { directoryPath: '/' }, ['readme.txt']),
  finds(
    'what lies in a directory and below, and not in one whose name begins alike',
    {
      directoryPath: '/docs',
      recursive: true,
    },
    ['a-b.png', 'a.txt', 'c.bin', '\u00e9.txt'],
  ),
  finds('everything below the root', { directoryPath: '/', recursive: true }, EVERYTHING),
  finds('nothing in a directory that is not there', { directoryPath: '/nowhere' }, []),
  finds('what has any of the tags', { tagsAny: ['\u00fc', 'a'] }, ['a.txt', 'c.bin', 'readme.txt']),
  finds('what has all of the tags', { tagsAll: ['b', ' a '] }, ['a.txt', 'c.bin']),
  finds('what has one of these and all of those tags', { tagsAny: ['\u00fc', 'x'], tagsAll: ['a'] }, ['c.bin']),
  finds('nothing with a tag that nothing has', { tagsAll: ['a', 'A'] }, []),
  finds('what contains the metadata', { metadata: { project: 'x' } }, ['c.bin', 'readme.txt']),
  finds(
    'what contains nested metadata and a part of a list',
    {
      metadata: { nested: { deep: true }, labels: ['q'] },
    },
    ['c.bin'],
  ),
  finds('whatever has metadata', { metadata: {} }, ['a-b.png', 'c.bin', 'readme.txt']),
  finds('a content, however its digest is spelt', { sha256: README_SHA256.toUpperCase() }, ['a.txt', 'readme.txt']),
  finds('nothing with the digest of a content that is not there', { sha256: '0'.repeat(64) }, []),
  finds('a type, whatever its parameters', { mimeType: 'text/plain' }, ['a.txt', 'readme.txt', '\u00e9.txt']),
  finds('a kind of types', { mimeType: 'Image/*' }, ['a-b.png', 'd.jpg']),
  finds('sizes, both bounds included', { minSizeBytes: 2, maxSizeBytes: 3 }, ['a-b.png', 'd.jpg']),
  finds('a size of 0', { maxSizeBytes: 0 }, ['\u00e9.txt']),
  finds('nothing before the beginning', { createdBefore: '2001-01-01T00:00:00Z' }, []),
  finds(
    'what was created and changed since',
    {
      createdFrom: '2001-01-01T00:00:00+02:00',
      updatedFrom: '2001-01-01T00:00:00Z',
      updatedBefore: '9000-01-01T00:00:00Z',
    },
    EVERYTHING,
  ),
  finds('what somebody created', { createdBy: 'bob' }, ['d.jpg']),
  finds('names that begin so', { namePrefix: 'a' }, ['a-b.png', 'a.txt']),
  finds('names that begin so, in Unicode NFC', { namePrefix: 'e\u0301' }, ['\u00e9.txt']),
  finds('nothing where a prefix looks like a pattern', { namePrefix: '%' }, []),
  finds(
    'what fits every one of many filters',
    {
      directoryPath: '/docs',
      recursive: true,
      tagsAll: ['a'],
      mimeType: 'application/*',
      minSizeBytes: 1,
      metadata: { project: 'x' },
      createdBy: 'alice',
      namePrefix: 'c',
    },
    ['c.bin'],
  ),
  { ...finds('nothing of another account', {}, []), account: 'nobody' },
];

const refusals: FindScenario[] = [
  refuses('a page of 0', { limit: 0 }, /limit must be a whole number from 1 to 200/),
  refuses('a page of 201', { limit: 201 }, /200/),
  { ...refuses('half a page', { limit: 1.5 }, /limit/), typed: true },
  { ...refuses('a limit in words', { limit: 'many' }, /limit/), typed: true },
  { ...refuses('an order that there is not', { sort: 'colour' }, /sort/), typed: true },
  { ...refuses('a direction that there is not', { sort: 'name', order: 'up' }, /order/), typed: true },
  { ...refuses('a filter that there is not', { tagz: ['a'] }, /tagz/), typed: true },
  refuses('a path with ".."', { directoryPath: '/a/../b' }, /directoryPath/),
  refuses('an empty tag', { tagsAny: ['a', ' '] }, /tagsAny must not contain an empty tag/),
  refuses('eleven tags', { tagsAll: Array.from({ length: 11 }, (_, i) => `t${i}`) }, /tagsAll .* 10 tags/),
  refuses('metadata that is a list', { metadata: [] }, /metadata must be a JSON object/),
  refuses('metadata with NUL', { metadata: { a: '\0' } }, /metadata .*NUL/),
  refuses('a digest of 63 digits', { sha256: '0'.repeat(63) }, /sha256 must be 64/),
  refuses('a type without a subtype', { mimeType: 'image' }, /mimeType/),
  refuses('a type with parameters', { mimeType: 'text/plain;charset=utf-8' }, /mimeType/),
  refuses('any type of anything', { mimeType: '*/*' }, /mimeType/),
  refuses('a negative size', { minSizeBytes: -1 }, /minSizeBytes/),
  { ...refuses('half a byte', { maxSizeBytes: 0.5 }, /maxSizeBytes|maxSizeBytes/), typed: true },
  refuses('a date without a time', { createdFrom: '2026-01-31' }, /createdFrom must be an RFC 3339 time/),
  refuses('a year before 1000', { createdFrom: '0999-12-31T23:59:59Z' }, /createdFrom/),
  refuses('a time after the year 9999', { updatedBefore: '9999-12-31T23:59:59-01:00' }, /updatedBefore/),
  refuses('an empty prefix', { namePrefix: '' }, /namePrefix must not be empty/),
  refuses('a prefix of 256 characters', { namePrefix: 'a'.repeat(256) }, /namePrefix .*255/),
  refuses('a prefix of combining marks', { namePrefix: MARKS_IN_URL }, /namePrefix .*255/),
  refuses('a directory of combining marks', { directoryPath: MARKS_IN_URL }, /directoryPath .*1024 bytes/),
  refuses('a creator with NUL', { createdBy: 'a\0' }, /createdBy .*NUL/),
  refuses('a cursor of nobody', { cursor: 'abc' }, /cursor must be one that this list gave/),
  { ...refuses('a missing path', {}, /path/), operation: 'directory', typed: true },
  { ...refuses('a path with NUL', { path: '/\0' }, /path .*NUL/), operation: 'directory' },
  { ...refuses('a page of 0 directories', { path: '/', limit: 0 }, /limit/), operation: 'directory' },
  { ...refuses('a path of combining marks', { path: MARKS_IN_URL }, /path .*1024 bytes/), operation: 'directory' },
  {
    ...refuses('a place with a name of combining marks', { directoryPath: '/', name: MARKS_IN_URL }, /name .*255/),
    operation: 'byPath',
  },
  {
    ...refuses('a place in a path of combining marks', { directoryPath: MARKS_IN_URL, name: 'a' }, /1024 bytes/),
    operation: 'byPath',
  },
  { ...refuses('a name with a slash', { directoryPath: '/', name: 'a/b' }, /name/), operation: 'byPath' },
];

const one = (operation: FindOperation, says: string, row: Partial<FindScenario>): FindScenario => ({
  says,
  operation,
  input: {},
  kind: 'ok',
  expect: {},
  ...row,
});

const docs = { path: '/docs', name: 'docs', resourceCount: 4, sizeBytes: 308 };

const others: FindScenario[] = [
  one('byPath', 'finds by the exact place, however it is spelt', {
    input: { directoryPath: 'docs//', name: 'e\u0301.txt' },
    expect: { name: '\u00e9.txt', directoryPath: '/docs' },
  }),
  one('byPath', 'does not find a name of another directory', {
    input: { directoryPath: '/', name: 'a.txt' },
    kind: 'not_found',
    expect: /no resource named "a.txt" exists in \//,
  }),
  one('byPath', 'does not find a place of another account', {
    input: { directoryPath: '/', name: 'readme.txt' },
    account: 'nobody',
    kind: 'not_found',
    expect: /no resource named/,
  }),
  one('byId', 'does not find an id of nobody', {
    input: { id: '01890a5d-ac96-774b-bcce-b302099a8057' },
    kind: 'not_found',
    expect: /no resource with this id/,
  }),
  one('byId', 'does not find what is no id', { input: { id: 'a' }, kind: 'not_found', expect: /no resource/ }),
  one('directory', 'sums the root up and lists the directories in it', {
    input: { path: '/' },
    expect: {
      path: '/',
      name: '',
      resourceCount: 6,
      sizeBytes: 315,
      directories: [docs, { path: '/docs-2024', name: 'docs-2024', resourceCount: 1, sizeBytes: 2 }],
      nextCursor: null,
    },
  }),
  one('directory', 'sums up what lies below a directory that holds nothing itself', {
    input: { path: 'docs/deep/' },
    expect: {
      path: '/docs/deep',
      name: 'deep',
      resourceCount: 1,
      sizeBytes: 300,
      directories: [{ path: '/docs/deep/er', name: 'er', resourceCount: 1, sizeBytes: 300 }],
      nextCursor: null,
    },
  }),
  one('directory', 'does not find a directory with nothing in it', {
    input: { path: '/doc' },
    kind: 'not_found',
    expect: /nothing is in a directory \/doc of your account/,
  }),
  one('directory', 'shows an empty account an empty root', {
    input: { path: '/' },
    account: 'nobody',
    expect: { path: '/', name: '', resourceCount: 0, sizeBytes: 0, directories: [], nextCursor: null },
  }),
  ...(['list', 'directory', 'byPath', 'byId'] as const).map((operation) =>
    one(operation, `refuses ${operation} to a token without the scope`, {
      input: { list: {}, directory: { path: '/' }, byPath: { directoryPath: '/', name: 'a' }, byId: { id: 'a' } }[
        operation
      ],
      scope: 'resources:write resources:delete',
      kind: 'forbidden',
      expect: /resources:read/,
    }),
  ),
];

export const FIND_SCENARIOS: readonly FindScenario[] = [...lists, ...refusals, ...others];
