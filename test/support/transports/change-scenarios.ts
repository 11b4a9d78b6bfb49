// One row per rule of changing, deleting and creating many. Each is run through every transport and has to come out the same.
import type { ChangeKind, Operation } from './change-transports.ts';
import { MARKS, MARKS_IN_URL } from './marks.ts';
import type { Input } from './transports.ts';

/** What lies in the account before: resources by their path. */
type World = { readonly [path: string]: { readonly id: string; readonly updatedAt: string } };

export type ChangeScenario = {
  readonly says: string;
  /** The paths of what is created first, each with a tag and metadata. */
  readonly before?: readonly string[];
  readonly operation: Operation;
  readonly input: (world: World) => Input;
  readonly kind: ChangeKind;
  /** What the answer's value must match, or a part of the refusal's sentence. */
  readonly expect?: unknown;
  /** The paths of all that lies in the account afterwards; as before when absent. */
  readonly after?: readonly string[];
  readonly scope?: string;
  /** Refused by GraphQL's own type system, whose sentence is its own. */
  readonly typed?: true;
};

const HELLO = 'data:text/plain;base64,SGVsbG8=';
const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057';
const idOf = (world: World, path = '/a.txt') => world[path]?.id ?? NOBODY;

const update = (says: string, change: Input, row: Partial<ChangeScenario> = {}): ChangeScenario => ({
  says,
  before: ['/a.txt'],
  operation: 'update',
  input: (world) => ({ id: idOf(world), ...change }),
  kind: 'ok',
  ...row,
});
const refused = (says: string, change: Input, expect: RegExp): ChangeScenario =>
  update(`refuses ${says}`, change, { kind: 'bad_request', expect });

const updates: ChangeScenario[] = [
  update(
    'renames',
    { name: 'b.txt' },
    { expect: { name: 'b.txt', tags: ['t'], metadata: { m: 1 } }, after: ['/b.txt'] },
  ),
  update('moves', { directoryPath: 'docs/a/' }, { expect: { directoryPath: '/docs/a' }, after: ['/docs/a/a.txt'] }),
  update('renames and moves at once', { name: 'b', directoryPath: '/d' }, { after: ['/d/b'] }),
  update('keeps a new name in NFC', { name: 'e\u0301' }, { expect: { name: '\u00e9' }, after: ['/\u00e9'] }),
  update('gives a resource the name that it has', { name: 'a.txt' }, { expect: { name: 'a.txt' } }),
  update('replaces tags', { tags: [' b ', 'a', 'b'] }, { expect: { tags: ['b', 'a'], metadata: { m: 1 } } }),
  update('drops all tags', { tags: [] }, { expect: { tags: [] } }),
  update(
    'replaces metadata',
    { metadata: { z: 1, a: [null] } },
    { expect: { metadata: { z: 1, a: [null] }, tags: ['t'] } },
  ),
  update('clears metadata', { metadata: null }, { expect: { metadata: null, tags: ['t'] } }),
  update(
    'keeps __proto__ in new metadata',
    { metadata: JSON.parse('{"__proto__":{"a":1}}') },
    {
      expect: { metadata: JSON.parse('{"__proto__":{"a":1}}') },
    },
  ),
  refused('a change of nothing', {}, /must change something/),
  { ...refused('a change of an unknown field', { nmae: 'b' }, /must change something|nmae/), typed: true },
  refused('a new name with a slash', { name: 'a/b' }, /"\/"/),
  refused('a new name of 250,000 combining marks', { name: MARKS }, /255/),
  refused('a new path of 250,000 combining marks', { directoryPath: MARKS }, /1024 bytes/),
  update(
    'leaves what is null as it is',
    { name: null, directoryPath: null, tags: null, ifMatch: null, metadata: { a: 1 } },
    { expect: { tags: ['t'], metadata: { a: 1 } } },
  ),
  refused('a new path with ".."', { directoryPath: '/a/..' }, /directoryPath/),
  refused('an empty new tag', { tags: [''] }, /empty tag/),
  refused('new metadata that is an array', { metadata: [] }, /JSON object, or null/),
  refused('new metadata with 4,097 values', { metadata: { a: Array.from({ length: 4_096 }, () => 0) } }, /4096 values/),
  refused('new metadata with NUL', { metadata: { a: '\0' } }, /NUL/),
  refused('a condition that is no version', { name: 'b', ifMatch: 'yesterday' }, /^ifMatch must be the updatedAt/),
  { ...refused('a new name that is a number', { name: 5 }, /name/), typed: true },
  update(
    'changes the version that is meant',
    {},
    {
      input: (world) => ({ id: idOf(world), name: 'b', ifMatch: world['/a.txt']?.updatedAt }),
      after: ['/b'],
    },
  ),
  update(
    'changes the version whose ETag is given, among others',
    {},
    {
      input: (world) => ({ id: idOf(world), name: 'b', ifMatch: `"x", "${world['/a.txt']?.updatedAt}"` }),
      after: ['/b'],
    },
  ),
  update('changes whatever version there is', { name: 'b', ifMatch: '*' }, { after: ['/b'] }),
  update(
    'does not change another version',
    { name: 'b', ifMatch: '2020-01-01T00:00:00.000Z' },
    {
      kind: 'precondition_failed',
      expect: /read it again/,
    },
  ),
  update(
    'does not change by a weak ETag',
    {},
    {
      input: (world) => ({ id: idOf(world), name: 'b', ifMatch: `W/"${world['/a.txt']?.updatedAt}"` }),
      kind: 'precondition_failed',
    },
  ),
  update(
    'does not change by an ETag of something else',
    { name: 'b', ifMatch: '"185f8db3"' },
    { kind: 'precondition_failed' },
  ),
  update(
    'refuses a name that is taken',
    { name: 'b.txt' },
    {
      before: ['/a.txt', '/b.txt'],
      kind: 'conflict',
      expect: /"b.txt" already exists in \/ \(id /,
    },
  ),
  update(
    'does not tell by what a name is taken to who may not read',
    { name: 'b.txt' },
    {
      before: ['/a.txt', '/b.txt'],
      kind: 'conflict',
      scope: 'resources:write',
      expect: /already exists in \/; /,
    },
  ),
  update('finds nothing to change', { id: NOBODY, name: 'b' }, { kind: 'not_found', expect: /no resource/ }),
  update('finds nothing under what is no id', { id: 'x', name: 'b' }, { kind: 'not_found', expect: /no resource/ }),
  update(
    'refuses to change without the scope',
    { name: 'b' },
    {
      kind: 'forbidden',
      scope: 'resources:read resources:delete',
      expect: /resources:write/,
    },
  ),
];

const DELETE_ONLY = 'resources:delete';
const row = (says: string, rest: Omit<ChangeScenario, 'says' | 'kind'> & { kind?: ChangeKind }): ChangeScenario => ({
  kind: 'ok',
  says,
  ...rest,
});

const deletes: ChangeScenario[] = [
  row('deletes one', {
    before: ['/a.txt', '/b.txt'],
    operation: 'delete',
    input: (world) => ({ id: idOf(world) }),
    scope: DELETE_ONLY,
    expect: 1,
    after: ['/b.txt'],
  }),
  row('deletes nothing twice', { operation: 'delete', input: () => ({ id: NOBODY }), expect: 0 }),
  row('deletes nothing under what is no id', { operation: 'delete', input: () => ({ id: 'x' }), expect: 0 }),
  row('deletes the version that is meant', {
    before: ['/a.txt'],
    operation: 'delete',
    input: (world) => ({ id: idOf(world), ifMatch: `"${world['/a.txt']?.updatedAt}"` }),
    expect: 1,
    after: [],
  }),
  row('does not delete another version', {
    before: ['/a.txt'],
    operation: 'delete',
    input: (world) => ({ id: idOf(world), ifMatch: '"2020-01-01T00:00:00.000Z"' }),
    kind: 'precondition_failed',
    expect: /read it again/,
  }),
  row('refuses to delete without the scope', {
    before: ['/a.txt'],
    operation: 'delete',
    input: (world) => ({ id: idOf(world) }),
    scope: 'resources:read resources:write',
    kind: 'forbidden',
    expect: /resources:delete/,
  }),
  row('deletes many and counts those that were there', {
    before: ['/a.txt', '/b.txt', '/c.txt'],
    operation: 'deleteMany',
    input: (world) => ({ ids: [idOf(world), NOBODY, 'x', idOf(world), idOf(world, '/c.txt')] }),
    expect: 2,
    after: ['/b.txt'],
  }),
  row('deletes none of none', { operation: 'deleteMany', input: () => ({ ids: [] }), expect: 0 }),
  row('takes a hundred ids', { operation: 'deleteMany', input: () => ({ ids: Array(100).fill(NOBODY) }), expect: 0 }),
  row('refuses a hundred and one ids', {
    operation: 'deleteMany',
    input: () => ({ ids: Array(101).fill(NOBODY) }),
    kind: 'bad_request',
    expect: /^ids must not hold more than 100/,
  }),
  row('refuses ids that are null', {
    operation: 'deleteMany',
    input: () => ({ ids: null }),
    kind: 'bad_request',
    expect: /ids/,
    typed: true,
  }),
  row('refuses to delete many without the scope', {
    operation: 'deleteMany',
    input: () => ({ ids: [] }),
    scope: 'resources:write',
    kind: 'forbidden',
  }),
  row('deletes a directory with all below it', {
    before: ['/a/1', '/a/b/2', '/a-b/3', '/4'],
    operation: 'deleteDirectory',
    input: () => ({ path: 'a/' }),
    scope: DELETE_ONLY,
    expect: 2,
    after: ['/4', '/a-b/3'],
  }),
  row('deletes a directory that is not there', {
    operation: 'deleteDirectory',
    input: () => ({ path: '/a' }),
    expect: 0,
  }),
  row('refuses to delete the root', {
    before: ['/a/1'],
    operation: 'deleteDirectory',
    input: () => ({ path: '' }),
    kind: 'bad_request',
    expect: /^path must not be the root/,
  }),
  row('refuses to delete a path with ".."', {
    operation: 'deleteDirectory',
    input: () => ({ path: '/a/../b' }),
    kind: 'bad_request',
    expect: /^path must not contain/,
  }),
  row('refuses to delete a path of combining marks', {
    operation: 'deleteDirectory',
    input: () => ({ path: `/${MARKS_IN_URL}` }),
    kind: 'bad_request',
    expect: /^path must not be longer than 1024 bytes/,
  }),
  row('refuses to delete a directory without the scope', {
    operation: 'deleteDirectory',
    input: () => ({ path: '/a' }),
    scope: 'resources:write',
    kind: 'forbidden',
  }),
];

const move = (says: string, [from, to]: readonly [string, string], rest: Partial<ChangeScenario>): ChangeScenario => ({
  says,
  operation: 'moveDirectory',
  input: () => ({ from, to }),
  kind: 'ok',
  ...rest,
});

const moves: ChangeScenario[] = [
  move('moves a directory with all below it', ['/a', 'x/y/'], {
    before: ['/a/1', '/a/b/2', '/a-b/3'],
    scope: 'resources:write',
    expect: 2,
    after: ['/a-b/3', '/x/y/1', '/x/y/b/2'],
  }),
  move('joins two directories', ['/a', '/b'], { before: ['/a/1', '/b/2'], expect: 1, after: ['/b/1', '/b/2'] }),
  move('moves a directory into the root', ['/a', '/'], {
    before: ['/a/1', '/a/a/1'],
    expect: 2,
    after: ['/1', '/a/1'],
  }),
  move('moves nothing', ['/a', '/b'], { before: ['/b/1'], expect: 0 }),
  move('moves nothing when one name is taken', ['/a', '/b'], {
    before: ['/a/1', '/a/2', '/b/2'],
    kind: 'conflict',
    expect: /"2" already exists in \/b \(id/,
  }),
  move('refuses to move a directory into itself', ['/a', '/a/b'], {
    before: ['/a/1'],
    kind: 'bad_request',
    expect: /^to must lie outside/,
  }),
  move('refuses to move a directory onto itself', ['/a', 'a'], { kind: 'bad_request', expect: /^to must lie outside/ }),
  move('refuses to move the root', ['/', '/a'], { kind: 'bad_request', expect: /^from must not be the root/ }),
  move('refuses a target with ".."', ['/a', '/../b'], { kind: 'bad_request', expect: /^to must not contain/ }),
  move('refuses a move that makes a path below too long', ['/a', `/${'é'.repeat(250)}/${'é'.repeat(255)}`], {
    before: ['/a/1', '/a/bcdefghijklmn/2'],
    kind: 'bad_request',
    expect: /^to would make the path .* 1024 bytes/,
  }),
  move('refuses to move from a path of 250,000 combining marks', [`/${MARKS}`, '/b'], {
    kind: 'bad_request',
    expect: /^from must not be longer than 1024 bytes/,
  }),
  move('refuses to move to a path of 250,000 combining marks', ['/a', `/${MARKS}`], {
    kind: 'bad_request',
    expect: /^to must not be longer than 1024 bytes/,
  }),
  move('refuses to move without the scope', ['/a', '/b'], { scope: DELETE_ONLY, kind: 'forbidden', expect: /write/ }),
];

const item = (name: unknown, rest: Input = {}): Input => ({ name, directoryPath: '/', content: HELLO, ...rest });
const created = (name: string) => ({ resource: { name, sizeBytes: 5 }, error: null });
const failed = (code: string, message: RegExp) => ({ resource: null, error: { code, message } });

const many: ChangeScenario[] = [
  row('creates many, each with its own outcome', {
    before: ['/taken'],
    operation: 'createMany',
    input: () => ({
      items: [
        item('a', { tags: ['x'] }),
        item('taken'),
        item('b/c'),
        item('d', { content: 'data:,x' }),
        item('e', { uri: 'http://127.0.0.1/' }),
        item('f', { metadata: [] }),
        item('g', { content: `data:a/b;base64,${'QUFB'.repeat(30_000)}` }),
      ],
    }),
    expect: [
      created('a'),
      failed('conflict', /already exists/),
      failed('invalid_input', /^name/),
      failed('invalid_input', /^content/),
      failed('invalid_input', /exclude/),
      failed('invalid_input', /^metadata/),
      { resource: { name: 'g', sizeBytes: 90_000 }, error: null },
    ],
    after: ['/a', '/g', '/taken'],
  }),
  row('refuses 250,000 combining marks as the name or path of one of many', {
    operation: 'createMany',
    input: () => ({ items: [item(MARKS), item('a'), item('b', { directoryPath: `/${MARKS}` })] }),
    expect: [
      failed('invalid_input', /^name must not have a name longer than 255 characters/),
      created('a'),
      failed('invalid_input', /^directory_?[pP]ath must not be longer than 1024 bytes/),
    ],
    after: ['/a'],
  }),
  row('creates a hundred', {
    operation: 'createMany',
    input: () => ({ items: Array.from({ length: 100 }, (_, index) => item(`${index}`)) }),
    expect: Array.from({ length: 100 }, (_, index) => created(`${index}`)),
    after: Array.from({ length: 100 }, (_, index) => `/${index}`).sort(),
  }),
  row('refuses a hundred and one creates, all of them', {
    operation: 'createMany',
    input: () => ({ items: Array.from({ length: 101 }, (_, index) => item(`${index}`)) }),
    kind: 'bad_request',
    expect: /^items must hold 1–100/,
  }),
  row('refuses to create none', { operation: 'createMany', input: () => ({ items: [] }), kind: 'bad_request' }),
  row('refuses items that are null', {
    operation: 'createMany',
    input: () => ({ items: null }),
    kind: 'bad_request',
    typed: true,
  }),
  row('refuses to create many without the scope', {
    operation: 'createMany',
    input: () => ({ items: [item('a')] }),
    scope: 'resources:read',
    kind: 'forbidden',
    expect: /resources:write/,
  }),
];

export const CHANGE_SCENARIOS: readonly ChangeScenario[] = [...updates, ...deletes, ...moves, ...many];
