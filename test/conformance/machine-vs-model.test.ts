/**
 * Whatever is asked, the ledger answers like the reference model.
 * `TEST_SEED=n` replays one seed, `TEST_SEEDS=n` tries that many, `TEST_REQUESTS=n` of that length.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from '../../testing/model/model.ts';
import { ModelReplayPort } from '../../testing/model/model-port.ts';
import { accountStatus, op, transferStatus } from '../../testing/model/names.ts';
import { decode, resultLayout } from '../../testing/model/records.ts';
import { shrink, versus } from '../../testing/model/versus.ts';
import { workload } from '../../testing/model/workload.ts';
import { doorPorts } from '../support/door-ports.ts';
import { ports } from '../support/ports.ts';

const requests = Number(process.env.TEST_REQUESTS ?? 150);
const seeds =
  process.env.TEST_SEED === undefined
    ? Array.from({ length: Number(process.env.TEST_SEEDS ?? 40) }, (_, index) => index + 1)
    : [Number(process.env.TEST_SEED)];

/** A request through a door takes longer. */
const fewer = seeds.slice(0, 3);

for (const { name, open } of [...ports, ...doorPorts]) {
  test(`${name} answers every workload like the reference model`, async () => {
    for (const seed of ports.some((port) => port.name === name) ? seeds : fewer) {
      const steps = workload(seed, requests);
      const port = await open();
      const found = await versus(steps, port);
      await port.close();
      if (found === undefined) continue;
      const short = await shrink(steps.slice(0, found.step + 1), open, 300);
      const again = await open();
      const last = (await versus(short, again)) ?? found;
      await again.close();
      assert.fail(
        [`seed ${seed}, request ${found.step}: the ${short.length} steps that matter end with`, ...last.lines].join(
          '\n',
        ),
      );
    }
  });
}

test('the workload reaches every status', () => {
  const seen = { accounts: new Set<number>(), transfers: new Set<number>() };
  for (let seed = 1; seed <= 120; seed++) {
    const model = new Model();
    for (const step of workload(seed, 150)) {
      if (step.kind === 'advance') {
        model.advance(step.nanoseconds);
        continue;
      }
      const reply = model.apply(step.operation, step.events, step.timestamp);
      const kind = step.operation === op.create_accounts ? seen.accounts : seen.transfers;
      if (step.operation !== op.create_accounts && step.operation !== op.create_transfers) continue;
      for (const result of decode(resultLayout, reply)) kind.add(Number(result.status));
    }
  }
  const missing = (statuses: Record<string, number>, numbers: Set<number>): string[] =>
    Object.keys(statuses).filter((status) => !numbers.has(statuses[status] ?? -1));
  assert.deepEqual(missing(accountStatus, seen.accounts), []);
  assert.deepEqual(missing(transferStatus, seen.transfers), []);
});

test('a ledger that is wrong is caught, and the stream cut down to what matters', async () => {
  // It forgets to burn the ids of transfers that failed for a transient reason.
  const open = async (): Promise<ModelReplayPort> => {
    const port = new ModelReplayPort();
    port.model.burnt.add = () => port.model.burnt;
    return port;
  };
  const steps = workload(2, 150);
  const found = await versus(steps, await open());
  assert.ok(found);
  assert.match(found.lines.join(' '), /expected .*id_already_failed/);
  const short = await shrink(steps.slice(0, found.step + 1), open, 300);
  assert.ok(short.length <= 4 && short.length >= 2, `${short.length} steps of ${steps.length} left`);
});
