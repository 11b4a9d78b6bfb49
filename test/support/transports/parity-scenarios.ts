// One row per rule. Each is run through every transport and has to come out the same. A new rule gets a row here.
import { MARKS } from './marks.ts';
import type { Input, Kind } from './transports.ts';

export type Scenario = {
  readonly says: string;
  readonly input: Input;
  readonly kind: Kind;
  /** Fields that the stored resource must have, or a part of the refusal's sentence. */
  readonly expect?: { readonly [field: string]: unknown } | RegExp;
  /** What is created first, for what depends on it. */
  readonly before?: Input;
  /** Whether `ifMatch` is what stands there after that, as it was shown. */
  readonly isMeant?: true;
  readonly scope?: string;
  /** What `Resource-Outcome`, or the item of many, has to say. */
  readonly outcome?: string;
  /** Refused by GraphQL's own type system, whose sentence is its own. */
  readonly typed?: true;
  /** Ignored, and named in a header, by the JSON of the contract's create. */
  readonly forgiven?: true;
};

const HELLO = 'data:text/plain;base64,SGVsbG8=';
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const base = { name: 'a.txt', directoryPath: '/', content: HELLO };
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const deep = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

const stored: Scenario[] = [
  {
    says: 'stores a small text',
    input: base,
    kind: 'ok',
    expect: {
      name: 'a.txt',
      directoryPath: '/',
      mimeType: 'text/plain',
      sha256: '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969',
      sizeBytes: 5,
      tags: [],
      metadata: null,
      originalUri: null,
      externalId: null,
      externalStorageType: null,
      accountId: 'acme',
      createdBy: 'alice',
    },
  },
  {
    says: 'stores an empty file',
    input: { ...base, content: 'data:text/plain;base64,' },
    kind: 'ok',
    expect: { sizeBytes: 0 },
  },
  {
    says: 'normalises a directory path',
    input: { ...base, directoryPath: 'docs//a/' },
    kind: 'ok',
    expect: { directoryPath: '/docs/a' },
  },
  {
    says: 'takes the longest name',
    input: { ...base, name: 'é'.repeat(255) },
    kind: 'ok',
    expect: { name: 'é'.repeat(255) },
  },
  { says: 'keeps a name in NFC', input: { ...base, name: 'e\u0301.txt' }, kind: 'ok', expect: { name: '\u00e9.txt' } },
  {
    says: 'keeps spaces and dots of a name',
    input: { ...base, name: ' ...a ' },
    kind: 'ok',
    expect: { name: ' ...a ' },
  },
  {
    says: 'keeps hostile but legal names',
    input: { ...base, name: '__proto__' },
    kind: 'ok',
    expect: { name: '__proto__' },
  },
  {
    says: 'trims tags and drops duplicates in order',
    input: { ...base, tags: [' b ', 'a', 'b', 'ü'] },
    kind: 'ok',
    expect: { tags: ['b', 'a', 'ü'] },
  },
  {
    says: 'gives metadata back exactly',
    input: {
      ...base,
      metadata: { z: 1, a: [null, true, 1.5, 'data:text/plain;base64,AAAA'], '': {}, '2': 'x', '1': 'y' },
    },
    kind: 'ok',
    expect: { metadata: { z: 1, a: [null, true, 1.5, 'data:text/plain;base64,AAAA'], '': {}, '2': 'x', '1': 'y' } },
  },
  {
    says: 'keeps __proto__ in metadata',
    input: { ...base, metadata: JSON.parse('{"__proto__":{"admin":true},"constructor":1}') },
    kind: 'ok',
    expect: { metadata: JSON.parse('{"__proto__":{"admin":true},"constructor":1}') },
  },
  { says: 'keeps empty metadata', input: { ...base, metadata: {} }, kind: 'ok', expect: { metadata: {} } },
  {
    says: 'takes metadata with 4,096 values',
    input: { ...base, metadata: { a: numbers(4_095) } },
    kind: 'ok',
    expect: { metadata: { a: numbers(4_095) } },
  },
  {
    says: 'takes metadata 128 deep',
    input: { ...base, metadata: deep(128) },
    kind: 'ok',
    expect: { metadata: deep(128) },
  },
  {
    says: 'takes optional fields that are null for absent ones',
    input: { ...base, tags: null, metadata: null, uri: null, expectedSha256: null },
    kind: 'ok',
    expect: { tags: [], metadata: null },
  },
  {
    says: 'takes a hundred tags',
    input: { ...base, tags: Array.from({ length: 100 }, (_, i) => `t${i}`) },
    kind: 'ok',
  },
  {
    says: 'detects a generic type from the bytes',
    input: { ...base, name: 'x', content: `data:application/octet-stream;base64,${PNG}` },
    kind: 'ok',
    expect: { mimeType: 'image/png' },
  },
  {
    says: 'detects a missing type from the name',
    input: { ...base, name: 'x.csv', content: 'data:;base64,YSxi' },
    kind: 'ok',
    expect: { mimeType: 'text/csv' },
  },
  {
    says: 'believes a declared specific type',
    input: { ...base, content: `data:text/x-own;charset=utf-8;base64,${PNG}` },
    kind: 'ok',
    expect: { mimeType: 'text/x-own;charset=utf-8' },
  },
  {
    says: 'keeps a parameter of the type that is not ASCII, whole',
    input: { ...base, content: 'data:a/b;c="é€";base64,SGVsbG8=' },
    kind: 'ok',
    expect: { mimeType: 'a/b;c="é€"' },
  },
  {
    says: 'keeps a parameter of the type that is not ASCII, streamed',
    input: { ...base, content: `data:a/b;c="é€";base64,${'QUFB'.repeat(30_000)}` },
    kind: 'ok',
    expect: { mimeType: 'a/b;c="é€"' },
  },
  {
    says: 'stores a content beyond the inline limit',
    input: { ...base, content: `data:a/b;base64,${'QUFB'.repeat(20_000)}` },
    kind: 'ok',
    expect: { sizeBytes: 60_000, storageBucket: 'local' },
  },
  { says: 'stores the same content under another name', before: base, input: { ...base, name: 'b.txt' }, kind: 'ok' },
  {
    says: 'stores the same name in another directory',
    before: base,
    input: { ...base, directoryPath: '/b' },
    kind: 'ok',
  },
];

const content = (says: string, text: string): Scenario => ({
  says: `refuses ${says}`,
  input: { ...base, content: text },
  kind: 'bad_request',
  expect: /content/,
});

const refused = (says: string, change: Input, expect: RegExp): Scenario => ({
  says: `refuses ${says}`,
  input: { ...base, ...change },
  kind: 'bad_request',
  expect,
});

const refusals: Scenario[] = [
  refused('an empty name', { name: '' }, /name/),
  refused('a name of 256 characters', { name: 'a'.repeat(256) }, /255/),
  refused('a name with a slash', { name: 'a/b' }, /"\/"/),
  refused('the name ".."', { name: '..' }, /\.\./),
  refused('the name "."', { name: '.' }, /"\."/),
  refused('a name with a control character', { name: 'a\u0007' }, /control/),
  refused('a name with NUL', { name: 'a\0b' }, /NUL/),
  refused('a name with a lone surrogate', { name: 'a\ud800' }, /surrogate/),
  refused('a path with ".."', { directoryPath: '/a/../b' }, /directoryPath/),
  refused('a path with NUL', { directoryPath: '/a\0' }, /NUL/),
  refused('a path with a lone surrogate', { directoryPath: '/\udfff' }, /surrogate/),
  refused('an over-long path', { directoryPath: `/${'abc/'.repeat(300)}` }, /1024 bytes/),
  refused('a name of 250,000 combining marks', { name: MARKS }, /255/),
  refused('a path of 250,000 combining marks', { directoryPath: MARKS }, /1024 bytes/),
  refused('an empty tag', { tags: ['a', '  '] }, /empty tag/),
  refused('a tag of 256 characters', { tags: ['a'.repeat(256)] }, /255/),
  refused('a short tag between a thousand spaces', { tags: [`${' '.repeat(1_024)}a`] }, /255/),
  refused('a tag with NUL', { tags: ['a\0'] }, /NUL/),
  refused('a hundred and one tags', { tags: Array.from({ length: 101 }, (_, i) => `t${i}`) }, /100 tags/),
  refused('metadata with NUL', { metadata: { a: 'b\0' } }, /NUL/),
  refused('metadata with NUL in a key', { metadata: { 'a\0': 1 } }, /NUL/),
  refused('metadata with a lone surrogate', { metadata: { a: ['\ud83d'] } }, /surrogate/),
  refused('metadata with 4,097 values', { metadata: { a: numbers(4_096) } }, /4096 values/),
  refused('metadata 129 deep', { metadata: deep(129) }, /128/),
  refused('metadata that is an array', { metadata: [] }, /JSON object/),
  refused('metadata that is a string', { metadata: 'a' }, /JSON object/),
  refused('content that is null beside no uri', { content: null }, /content/),
  { ...refused('a name that is a number', { name: 5 }, /name/), typed: true },
  { ...refused('a missing name', { name: undefined }, /^name is required$|\$i/), typed: true },
  {
    ...refused('a missing directory', { directoryPath: undefined }, /^directoryPath is required$|\$i/),
    typed: true,
  },
  { ...refused('a tag that is a number', { tags: [1] }, /tags/), typed: true },
  refused('both content and uri', { uri: 'https://example.com/a' }, /exclude/),
  refused('neither content nor uri', { content: undefined }, /must be given/),
  content('no data URI', 'SGVsbG8='),
  content('a data URI without base64', 'data:text/plain,Hello'),
  content('a data URI without a comma', 'data:text/plain;base64'),
  content('a space before a data URI', ` ${HELLO}`),
  content('a line break in base64', 'data:text/plain;base64,SGVs\nbG8='),
  content('a missing padding', 'data:text/plain;base64,SGVsbG8'),
  content('too much padding', 'data:text/plain;base64,SGVsbG8=='),
  content('padding in the middle', 'data:text/plain;base64,SGVs=bG8'),
  content('the URL alphabet', 'data:text/plain;base64,_-8='),
  content('bits after the end', 'data:text/plain;base64,SGVsbG9='),
  content('a broken type', 'data:text;base64,SGVsbG8='),
  content('an empty string', ''),
  content('half a character in its type', 'data:a/b;c="\ud800";base64,SGVsbG8='),
  content('a type of more than 1024 bytes in fewer characters', `data:a/b;c="${'é'.repeat(600)}";base64,SGVsbG8=`),
  {
    ...refused('a key that is not known', { nmae: 'a' }, /^"nmae" is not known here; did you mean name\?$|nmae/),
    typed: true,
    forgiven: true,
  },
  {
    ...refused('a misspelt digest', { expectedSha: 'a' }, /^"expected_?[sS]ha" is not known here|expectedSha/),
    typed: true,
    forgiven: true,
  },
];

const HELLO_SHA256 = '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969';
const OTHER_SHA256 = 'ab'.repeat(32);
/** A type with a parameter: said in JSON alone. */
const HELLO_UTF8 = 'data:text/plain;charset=utf-8;base64,SGVsbG8=';
const LONG = `data:a/b;q=1;base64,${'QUFB'.repeat(30_000)}`;

const expecting = (says: string, expectedSha256: unknown, change: Partial<Scenario>): Scenario => ({
  says,
  input: { ...base, content: HELLO_UTF8, expectedSha256 },
  kind: 'bad_request',
  ...change,
});

const digests: Scenario[] = [
  expecting('stores a content that is the expected one', HELLO_SHA256, {
    kind: 'ok',
    expect: { sha256: HELLO_SHA256 },
  }),
  expecting('takes an expected digest in upper case', HELLO_SHA256.toUpperCase(), { kind: 'ok' }),
  expecting('refuses another content than the expected one, naming both digests', OTHER_SHA256, {
    expect: new RegExp(`${HELLO_SHA256}.*${OTHER_SHA256}`),
  }),
  expecting('refuses another content than the expected one, streamed', OTHER_SHA256, {
    input: { ...base, content: LONG, expectedSha256: OTHER_SHA256 },
    expect: new RegExp(OTHER_SHA256),
  }),
  expecting('refuses an expected digest of 63 digits', 'a'.repeat(63), { expect: /expectedSha256 must be a sha256/ }),
  expecting('refuses an expected digest that is no hex', 'g'.repeat(64), {
    expect: /expectedSha256 must be a sha256/,
  }),
  expecting('refuses an empty expected digest', '', { expect: /expectedSha256 must be a sha256/ }),
  { ...expecting('refuses an expected digest that is a number', 1, { expect: /expected|String/ }), typed: true },
];

const others: Scenario[] = [
  { says: 'refuses a second create of a name', before: base, input: base, kind: 'conflict', expect: /already exists/ },
  {
    says: 'refuses a second create with other content, spelt differently',
    before: { ...base, directoryPath: '/d', name: '\u00e9' },
    input: { ...base, directoryPath: 'd/', name: 'e\u0301', content: 'data:;base64,QQ==' },
    kind: 'conflict',
    expect: /already exists/,
  },
  {
    says: 'refuses a token without the scope',
    input: base,
    kind: 'forbidden',
    scope: 'resources:read',
    expect: /resources:write/,
  },
];

const OTHER = 'data:text/plain;base64,V29ybGQ=';
const labels = { tags: ['a', 'b'], metadata: { z: 1 } };

/** What a name of 255 characters is cut to before " (2).txt", so that any number fits. */
const LONGEST_STEM = 231;
/** The number stands before what is taken for an extension, and a long name is cut for it, between characters. */
const RENAMED: readonly (readonly [name: string, expected: string])[] = [
  ['a', 'a (2)'],
  ['.env', '.env (2)'],
  ['a.tar.gz', 'a.tar (2).gz'],
  ['a (2).txt', 'a (2) (2).txt'],
  ['a.', 'a (2).'],
  [`${'é'.repeat(251)}.txt`, `${'é'.repeat(LONGEST_STEM)} (2).txt`],
  [`${'😀'.repeat(255)}`, `${'😀'.repeat(LONGEST_STEM + 4)} (2)`],
];

const policies: Scenario[] = [
  ...['error', 'keep', 'rename', 'replace'].map(
    (onConflict): Scenario => ({
      says: `stores where nothing stands, whatever is asked for: ${onConflict}`,
      input: { ...base, onConflict },
      kind: 'ok',
      outcome: 'created',
      expect: { name: 'a.txt' },
    }),
  ),
  {
    says: 'takes a policy that is null for an absent one',
    before: base,
    input: { ...base, onConflict: null, ifMatch: null },
    kind: 'conflict',
  },
  {
    says: 'keeps what stands there when the content is equal, with its labels',
    before: { ...base, ...labels },
    input: { ...base, onConflict: 'keep', tags: ['other'] },
    kind: 'ok',
    outcome: 'kept',
    expect: labels,
  },
  {
    says: 'refuses other content than what stands there, asked to keep it',
    before: base,
    input: { ...base, content: OTHER, onConflict: 'keep' },
    kind: 'conflict',
    expect: /already exists/,
  },
  {
    says: 'finds another name',
    before: base,
    input: { ...base, onConflict: 'rename' },
    kind: 'ok',
    outcome: 'renamed',
    expect: { name: 'a (2).txt' },
  },
  ...RENAMED.map(
    ([name, expected]): Scenario => ({
      says: `finds another name for ${name.length > 20 ? `one of ${name.length} characters` : name}`,
      before: { ...base, name },
      input: { ...base, name, onConflict: 'rename' },
      kind: 'ok',
      outcome: 'renamed',
      expect: { name: expected },
    }),
  ),
  {
    says: 'replaces content and labels',
    before: { ...base, ...labels },
    input: { ...base, content: OTHER, tags: ['x'], metadata: { y: 2 }, onConflict: 'replace' },
    kind: 'ok',
    outcome: 'replaced',
    expect: { name: 'a.txt', sizeBytes: 5, tags: ['x'], metadata: { y: 2 } },
  },
  {
    says: 'replaces content, and keeps labels that are not given',
    before: { ...base, ...labels },
    input: { ...base, content: OTHER, onConflict: 'replace' },
    kind: 'ok',
    outcome: 'replaced',
    expect: labels,
  },
  {
    says: 'makes nothing of equal content',
    before: base,
    input: { ...base, onConflict: 'replace' },
    kind: 'ok',
    outcome: 'kept',
  },
  {
    says: 'replaces whatever stands there',
    before: base,
    input: { ...base, content: OTHER, onConflict: 'replace', ifMatch: '*' },
    kind: 'ok',
    outcome: 'replaced',
  },
  {
    says: 'replaces the version that is meant',
    before: base,
    input: { ...base, content: OTHER, onConflict: 'replace' },
    isMeant: true,
    kind: 'ok',
    outcome: 'replaced',
  },
  {
    says: 'replaces no other version than the one that is meant by equal content either',
    before: base,
    input: { ...base, onConflict: 'replace', ifMatch: '2020-01-01T00:00:00.000Z' },
    kind: 'precondition_failed',
    expect: /version/,
  },
  {
    says: 'replaces no other version than the one that is meant',
    before: base,
    input: { ...base, content: OTHER, onConflict: 'replace', ifMatch: '2020-01-01T00:00:00.000Z' },
    kind: 'precondition_failed',
    expect: /version/,
  },
  {
    says: 'replaces nothing where nothing stands',
    input: { ...base, onConflict: 'replace', ifMatch: '*' },
    kind: 'precondition_failed',
    expect: /version/,
  },
  refused('a version that is none', { onConflict: 'replace', ifMatch: 'yesterday' }, /ifMatch must be/),
  refused('a version without replacing', { ifMatch: '*' }, /ifMatch needs onConflict to be replace/),
  refused('a version for another policy', { onConflict: 'keep', ifMatch: '*' }, /ifMatch needs onConflict/),
  { ...refused('a policy that is none', { onConflict: 'merge' }, /onConflict|MERGE/), typed: true },
];

export const SCENARIOS: readonly Scenario[] = [...stored, ...refusals, ...digests, ...others, ...policies];
