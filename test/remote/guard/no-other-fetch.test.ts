// No code outside src/remote opens an outgoing connection of its own: a second way out is a second guard to keep.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const NETWORK = /^(?:node:)?(?:http|https|http2|net|tls|dgram|undici)$/;
/** What serves, judges text or only names a type. */
const HARMLESS =
  /^(?:type\s.*|create(?:Secure)?Server|Server|IncomingMessage|ServerResponse|STATUS_CODES|METHODS|isIP(?:v[46])?|BlockList)$/;
const CLIENTS = /^(?:axios|got|node-fetch|ky|superagent|request|needle|follow-redirects|gaxios|cross-fetch|ws)$/;

/** Ways out to a place that only the operator names, each with its reason. */
const EXCEPTIONS: { readonly [file: string]: readonly string[] } = {
  // Fetches AUTH_JWKS_URL; the fetch ends when the gateway does.
  'src/auth/jwks.ts': ['fetch'],
  // The doctor asks AUTH_JWKS_URL and PUBLIC_URL, with a deadline, in a process that serves nobody.
  'src/commands/examine.ts': ['fetch'],
};

/** The ways out that a source text opens, in words. */
function findWaysOut(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found: string[] = [];
  for (const [, clause = '', specifier = ''] of code.matchAll(/import\s+([^;'"]*?)\s*from\s*['"]([^'"]+)['"]/g)) {
    if (CLIENTS.test(specifier)) found.push(specifier);
    if (!NETWORK.test(specifier) || clause.startsWith('type ')) continue;
    const named = /^\{([\s\S]*)\}$/.exec(clause)?.[1]?.split(',') ?? [`all of ${clause}`];
    for (const name of named.map((each) => each.trim().replace(/(?<!type.*)\s+as\s.*$/, '')).filter(Boolean)) {
      if (!HARMLESS.test(name)) found.push(`${name} from ${specifier}`);
    }
  }
  for (const [, specifier = ''] of code.matchAll(/(?:import|require|getBuiltinModule)\s*\(\s*['"]([^'"]+)['"]/g)) {
    if (NETWORK.test(specifier) || CLIENTS.test(specifier)) found.push(specifier);
  }
  if (/(?<![.\w])fetch\s*\(|(?:globalThis|global|self)\s*\.\s*fetch\b/.test(code)) found.push('fetch');
  if (/\bnew\s+(?:WebSocket|EventSource|XMLHttpRequest)\b/.test(code)) found.push('WebSocket or EventSource');
  return found;
}

describe('outgoing connections', () => {
  const files = globSync('src/**/*.ts').filter((file) => !/^src[\\/]remote[\\/]/.test(file));

  it.each(files)('are not opened by %s', (file) =>
    expect(findWaysOut(readFileSync(file, 'utf8'))).toEqual(EXCEPTIONS[file] ?? []),
  );

  it('are found in every spelling this test claims to know', () => {
    const spellings = [
      "import { request } from 'node:http';",
      "import { createServer, get as serve } from 'node:https';",
      "import http from 'http';",
      "import * as net from 'node:net';",
      "import { connect } from 'node:tls';",
      "import { fetch as load } from 'undici';",
      "import axios from 'axios';",
      "const http = await import('node:http');",
      "await fetch('http://x');",
      "await globalThis.fetch('http://x');",
      "new WebSocket('ws://x');",
    ];
    for (const spelling of spellings) expect([spelling, findWaysOut(spelling).length]).toEqual([spelling, 1]);
    const harmless =
      "import { createServer, type Server } from 'node:http';\nimport type { Socket } from 'node:net';\nyoga.fetch(x);";
    expect(findWaysOut(harmless)).toEqual([]);
  });
});
