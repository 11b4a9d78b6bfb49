import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../src/config.ts';

describe('TRUST_PROXY', () => {
  test.each([
    ['1', 1],
    ['loopback, 10.0.0.0/8,fd00::/8', ['loopback', '10.0.0.0/8', 'fd00::/8']],
    ['192.0.2.1', ['192.0.2.1']],
  ])('%s is understood', (text, trusted) => {
    expect(loadConfig({ TRUST_PROXY: text }).trustProxy).toEqual(trusted);
  });

  test.each(['true', '0', '*', '10.0.0.0/33', 'proxy.example', '10.0.0.1,'])('%s is refused', (text) => {
    expect(() => loadConfig({ TRUST_PROXY: text })).toThrow(ConfigError);
  });
});

describe('RATE_POINTS', () => {
  test('says how many points there are in how many seconds', () => {
    expect(loadConfig({ RATE_POINTS: '600/60' }).ratePoints).toEqual({ points: 600, windowSeconds: 60 });
    expect(loadConfig({}).ratePoints).toBeNull();
  });

  test.each(['600', '600/0', '0/60', '600/60s', '-1/60', '600/86401'])('%s is refused', (text) => {
    expect(() => loadConfig({ RATE_POINTS: text })).toThrow('RATE_POINTS must be points/seconds');
  });
});

test('an address for the metrics needs its port', () => {
  expect(loadConfig({ METRICS_ADDRESS: '0.0.0.0:9464' }).metricsAddress).toEqual({ host: '0.0.0.0', port: 9464 });
  expect(() => loadConfig({ METRICS_ADDRESS: '0.0.0.0' })).toThrow('METRICS_ADDRESS must name a port');
});
