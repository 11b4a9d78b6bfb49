import { expect, test } from 'vitest';
import { createQuotaLeases } from '../../../src/persistence/usage/quota-leases.ts';

const need = (bytes: number, resources = 1) => ({ bytes, resources });

function lease(bytes: number, resources: number) {
  const leases = createQuotaLeases();
  const request = leases.ask('acme', need(1));
  leases.settle(request, { isLost: false, leased: { bytes, resources }, added: need(1) });
  return { leases, id: request.wanted };
}

test('a lease is spent by what is asked with it, and gets back what was not added', () => {
  const { leases, id } = lease(100, 10);
  const first = leases.ask('acme', need(80));
  expect(first).toMatchObject({ held: id, wanted: null });
  const second = leases.ask('acme', need(30));
  expect(second).toMatchObject({ held: null, dropped: id });
  leases.settle(second, null);

  const other = lease(100, 10);
  const spent = other.leases.ask('acme', need(80, 5));
  other.leases.settle(spent, { isLost: false, leased: null, added: need(50, 1) });
  expect(other.leases.ask('acme', need(50, 9)).held).toBe(other.id);
  expect(other.leases.ask('acme', need(0, 1)).held).toBeNull();
});

test('what may have been added is not given back', () => {
  const { leases, id } = lease(100, 10);
  leases.settle(leases.ask('acme', need(60)), null);
  expect(leases.ask('acme', need(50)).held).toBeNull();
  expect(lease(100, 10).id).not.toBe(id);
});

test('a lease that has ended is asked for no more', () => {
  const { leases, id } = lease(100, 10);
  const request = leases.ask('acme', need(1));
  leases.settle(request, { isLost: true, leased: null, added: need(0, 0) });
  expect(leases.ask('acme', need(1))).toMatchObject({ held: null, dropped: null });
  expect(id).not.toBeNull();
});

test('of several that ask at once one gets a lease', () => {
  const leases = createQuotaLeases();
  const [first, second] = [leases.ask('acme', need(1)), leases.ask('acme', need(1))];
  expect([first.wanted === null, second.wanted === null]).toEqual([false, true]);
  leases.settle(first, null);
  expect(leases.ask('acme', need(1)).wanted).not.toBeNull();
});
