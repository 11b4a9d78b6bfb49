import { expect, test } from 'vitest';
import type { RequestEvent } from '../../src/http/request-events.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const EVENT: RequestEvent = {
  requestId: 'a',
  method: 'POST',
  route: '/graphql',
  status: 200,
  durationMs: 1,
  aborted: false,
  transport: 'graphql',
  operation: 'createResource',
  clientAddress: '127.0.0.1',
  bytesIn: 100,
  bytesOut: 200,
};

test('a failure of ours that was answered 200 counts as a 500', async () => {
  const metrics = createMetrics();
  metrics.recordRequest({ ...EVENT, errorCode: 'internal' });
  metrics.recordRequest({ ...EVENT, errorCode: 'conflict' });
  const text = await metrics.registry.metrics();
  expect(text).toContain('http_requests_total{method="POST",route="/graphql",status="500"} 1');
  expect(text).toContain('http_requests_total{method="POST",route="/graphql",status="200"} 1');
  expect(text).toContain('http_sent_bytes_total 400');
});

test('a client that left before it was answered is no failure of ours', async () => {
  const metrics = createMetrics();
  metrics.recordRequest({ ...EVENT, status: 500, aborted: true, unanswered: true, errorCode: 'internal' });
  metrics.recordRequest({ ...EVENT, status: 400, aborted: true, unanswered: true, errorCode: 'invalid_input' });
  metrics.recordRequest({ ...EVENT, aborted: true, errorCode: 'internal' });
  const text = await metrics.registry.metrics();
  expect(text).toContain('http_requests_total{method="POST",route="/graphql",status="499"} 2');
  expect(text).toContain('http_requests_total{method="POST",route="/graphql",status="500"} 1');
  const counted = (code: string) =>
    `gateway_operations_total{operation="createResource",transport="graphql",code="${code}"} 1`;
  for (const code of ['aborted', 'invalid_input', 'internal']) expect(text).toContain(counted(code));
});

test('a method that somebody made up gets no series of its own', async () => {
  const metrics = createMetrics();
  metrics.recordRequest({ ...EVENT, method: 'BREW' });
  expect(await metrics.registry.metrics()).toContain('method="other"');
});

test('contents in memory are told as they are when somebody asks', async () => {
  const metrics = createMetrics();
  const state = { keptBytes: 1_000, hits: 3 };
  metrics.watchContents(() => state);
  for (const hits of [3, 5]) {
    state.hits = hits;
    const text = await metrics.registry.metrics();
    expect(text).toContain('gateway_content_cache_bytes 1000\n');
    expect(text).toContain(`gateway_content_cache_hits_total ${hits}\n`);
  }
});
