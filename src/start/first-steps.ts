// What a started gateway prints for people: where it is, where it keeps things, and lines to paste into a shell.
import { findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { AuthenticatorOptions } from '../auth/authenticator.ts';
import type { Config } from '../config.ts';
import { toPlaces } from './places.ts';

export type Started = { readonly address: string; readonly appliedMigrations: readonly string[] };

const ROOT = dirname(findPackageJSON(import.meta.url) as string);
/** A package that somebody has installed, where npm scripts are theirs. */
const IS_INSTALLED = ROOT.split(sep).includes('node_modules');
const BODY = '{"name":"hello.txt","directory_path":"/","content":"data:text/plain;base64,SGVsbG8="}';

/** The text, with its line ends. */
export function toFirstSteps({ address, appliedMigrations }: Started, config: Config): string {
  const { records, blobs } = toPlaces(config);
  const migrations = appliedMigrations.length === 0 ? 'none was due' : appliedMigrations.join(', ');
  return `
Resource gateway is ready at ${address}  (console: ${address}/console, GraphiQL: ${address}/graphql, REST reference: ${address}/docs)
Records: ${records}
Blobs: ${blobs}
Migrations applied at this start: ${migrations}
${config.auth.kind === 'development' ? toPastedLines(address, config.auth) : ''}
`;
}

function toPastedLines(address: string, auth: AuthenticatorOptions & { readonly kind: 'development' }): string {
  const token = toTokenCommand(auth);
  const url = quote(`${address}/v1/resources`);
  return `A token for the development key:

  ${token}

A first resource:

  curl -s ${url} -H "Authorization: Bearer $(${token})" -H "Content-Type: application/json" -d ${quote(BODY)}
`;
}

/** It reads the key that this gateway reads, from whichever directory and with whatever environment it is pasted. */
function toTokenCommand({
  dataDir,
  issuer,
  audience,
  accountClaim,
}: AuthenticatorOptions & { readonly kind: 'development' }) {
  const variables = {
    DATA_DIR: !IS_INSTALLED && dataDir === join(ROOT, 'data') ? null : dataDir,
    AUTH_ISSUER: issuer === 'resource-gateway-development' ? null : issuer,
    AUTH_AUDIENCE: audience === 'resource-gateway' ? null : audience,
    AUTH_ACCOUNT_CLAIM: accountClaim === 'account_id' ? null : accountClaim,
  };
  const assignments = Object.entries(variables).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${quote(value)} `],
  );
  const command = IS_INSTALLED
    ? `node ${quote(join(ROOT, 'bin', 'resource-gateway.js'))} token`
    : `npm --prefix ${quote(ROOT)} run --silent token`;
  return assignments.join('') + command;
}

/** One word of a POSIX shell, which also zsh takes as it is. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
