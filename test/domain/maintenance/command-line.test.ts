import { expect, test } from 'vitest';
import { toCommandLine } from '../../../src/domain/maintenance/command-line.ts';

test('a checkout has its commands by npm, which prints nothing of its own before a token', () => {
  expect(toCommandLine('sweep', '--dry-run')).toBe('npm run sweep -- --dry-run');
  expect(toCommandLine('verify')).toBe('npm run verify');
  expect(toCommandLine('token', '--help')).toBe('npm run --silent token -- --help');
});
