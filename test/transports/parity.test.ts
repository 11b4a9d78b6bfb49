import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { FORM_TRANSPORTS, fitsForm } from '../support/transports/form-transports.ts';
import { SCENARIOS, type Scenario } from '../support/transports/parity-scenarios.ts';
import { type Answer, TRANSPORTS, type Transport } from '../support/transports/transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** What may differ between two creates of the same input. */
const PASSING = ['id', 'accountId', 'createdAt', 'updatedAt', 'storageKey'];

let accounts = 0;

async function run(scenario: Scenario, transports: readonly Transport[]): Promise<{ name: string; answer: Answer }[]> {
  const answers: { name: string; answer: Answer }[] = [];
  for (const transport of transports) {
    accounts += 1;
    const account = `parity-${accounts}`;
    let input = scenario.input;
    if (scenario.before !== undefined) {
      const first = await transport.create(scenario.before, {
        url: gateway.url,
        token: await gateway.token({ account }),
      });
      expect(first.kind, `${transport.name} before`).toBe('ok');
      if (scenario.isMeant) input = { ...input, ifMatch: first.resource?.updatedAt };
    }
    const scope = scenario.scope === undefined ? {} : { scope: scenario.scope };
    const answer = await transport.create(input, {
      url: gateway.url,
      token: await gateway.token({ account, ...scope }),
    });
    if (answer.resource !== null) expect(answer.resource.accountId).toBe(account);
    answers.push({
      name: transport.name,
      answer: { ...answer, message: inOneSpelling(transport.name, answer.message) },
    });
  }
  return answers;
}

function withoutPassing(resource: Answer['resource']) {
  return resource && Object.fromEntries(Object.entries(resource).filter(([key]) => !PASSING.includes(key)));
}

/** A refusal may name the id of what is in the way. */
const withoutId = (message: string | null) => message?.replace(/id [0-9a-f-]{36}/, 'id …');

describe('every transport', () => {
  test.each(SCENARIOS)('$says', async (scenario) => {
    const all = [...TRANSPORTS, ...BATCH_TRANSPORTS];
    const answers = await run(scenario, scenario.forgiven ? all.slice(1) : all);
    const [first] = answers;
    for (const { name, answer } of answers) {
      expect(answer.kind, `${name}: ${answer.message}`).toBe(scenario.kind);
      expect(withoutPassing(answer.resource), name).toEqual(withoutPassing(first?.answer.resource ?? null));
      expect(answer.outcome, name).toBe(first?.answer.outcome);
      if (scenario.kind === 'ok') expect(answer.outcome, name).toBe(scenario.outcome ?? 'created');
      if (!scenario.typed) expect(withoutId(answer.message), name).toBe(withoutId(first?.answer.message ?? null));
      if (scenario.expect instanceof RegExp) expect(answer.message, name).toMatch(scenario.expect);
      else if (scenario.expect !== undefined) {
        const { accountId: _account, ...fields } = scenario.expect;
        expect(answer.resource, name).toMatchObject(fields);
        if (scenario.expect.metadata) {
          expect(JSON.stringify(answer.resource?.metadata), name).toBe(JSON.stringify(scenario.expect.metadata));
        }
      }
    }
  });

  test.each(SCENARIOS.filter(({ input }) => fitsForm(input)))('as a form: $says', async (scenario) => {
    const [json] = await run(scenario, (scenario.forgiven ? BATCH_TRANSPORTS : TRANSPORTS).slice(0, 1));
    for (const { name, answer } of await run(scenario, FORM_TRANSPORTS)) {
      expect(answer.kind, `${name}: ${answer.message}`).toBe(scenario.kind);
      expect(withoutPassing(answer.resource), name).toEqual(withoutPassing(json?.answer.resource ?? null));
      expect(answer.outcome, name).toBe(json?.answer.outcome);
      const isOwn = scenario.typed && name.startsWith('GraphQL');
      if (!isOwn) expect(withoutId(answer.message), name).toBe(withoutId(json?.answer.message ?? null));
    }
  });

  test.each([...TRANSPORTS, ...FORM_TRANSPORTS, ...BATCH_TRANSPORTS])(
    '$name refuses a request without a token',
    async (transport) => {
      const answer = await transport.create(SCENARIOS[0]?.input ?? {}, { url: gateway.url, token: null });
      expect(answer.kind).toBe('unauthenticated');
    },
  );
});
