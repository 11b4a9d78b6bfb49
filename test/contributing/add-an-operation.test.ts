// CONTRIBUTING.md's worked example of a new operation, so that it stays true.
import { expect, test } from 'vitest';
import { openPatchedTree } from '../support/contributing/patched-tree.ts';
import { BRINGING_MS, runTool } from '../support/tool.ts';

const TESTS = ['test/architecture.test.ts', 'test/schema/operations.test.ts', 'test/transports/find.test.ts'];

test(
  'the patch applies, is written as the project writes, compiles, and gives every transport the operation',
  async () => {
    for (const folder of ['tools/lint', 'tools/compile', 'tools/browser', 'tools/suite', 'tools/uppy'])
      await runTool(folder);
    await using tree = await openPatchedTree('docs/recipes/add-an-operation.patch');
    expect(await tree.lint(['--vcs-enabled=false', ...tree.files])).toContain('No fixes applied');
    expect(await tree.compile()).toBe('');

    const { passed, failed } = await tree.test(TESTS, /each operation|imports|know/);
    expect(failed).toEqual([]);
    expect(passed).toContain('no room imports what it must not know');
    // One row for each rule of the operation, and one for each transport that must have it.
    expect(passed.filter((name) => /^every transport .*know/.test(name))).toHaveLength(4);
    expect(passed.filter((name) => name.includes('has each operation'))).toHaveLength(3);
  },
  240_000 + BRINGING_MS,
);
