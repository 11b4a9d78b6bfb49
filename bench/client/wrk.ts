// wrk as the client: it takes far less of the machine than any client in JavaScript, and so hides less of the servers.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ReadLoad, ReadLoadResult } from './read-load.ts';

/** Null where it is not installed. */
export function findWrk(): string | null {
  return ['/usr/bin/wrk', '/usr/local/bin/wrk', '/opt/homebrew/bin/wrk'].find(existsSync) ?? null;
}

/** wrk's own report is rounded; this one is not. Its unit is the microsecond. */
const REPORT = `
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"answered":%d,"us":%d,"bytes":%d,"p50":%d,"p99":%d,"failed":%d}\\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
`;

/** @throws when an answer is no success */
export async function runWrk(wrk: string, load: ReadLoad): Promise<ReadLoadResult> {
  const { url, connections, durationMs } = load;
  const directory = await mkdtemp(join(tmpdir(), 'bench-wrk-'));
  try {
    const script = join(directory, 'load.lua');
    await writeFile(script, toScript(load));
    const seconds = Math.max(1, Math.round(durationMs / 1000));
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', '-s', script, url.href];
    const { stdout } = await promisify(execFile)(wrk, args);
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    if (report.failed > 0 || report.bytes === 0) throw new Error(`wrk's requests failed:\n${stdout}`);
    return {
      tookMs: report.us / 1000,
      perSecond: report.answered / (report.us / 1e6),
      mbPerSecond: report.bytes / report.us,
      p50Ms: report.p50 / 1000,
      p99Ms: report.p99 / 1000,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function toScript({ asks, token }: ReadLoad): string {
  const formatted = asks.map(({ method, path, body }) => {
    const headers = body === undefined ? 'headers' : 'json_headers';
    return `wrk.format(${[toLua(method), toLua(path), headers, body === undefined ? 'nil' : toLua(body)].join(', ')})`;
  });
  const headers = `["Authorization"] = ${toLua(`Bearer ${token}`)}, ["Accept"] = "application/json"`;
  return `
local requests, at = {}, 0
init = function()
  local headers = { ${headers} }
  local json_headers = { ${headers}, ["Content-Type"] = "application/json" }
  requests = { ${formatted.join(',\n')} }
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
${REPORT}`;
}

/** Lua reads JSON's escapes of printable text alike. */
function toLua(text: string): string {
  return JSON.stringify(text);
}
