import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cells, Operation, type Port } from 'tallystick/internal/model';
import { allowing } from './allowing.ts';
import { type Identity, inRole, ownerOf } from './identity.ts';

const asked = (context: object) => {
  return { operation: Operation.create_transfers, count: 1, write: () => {}, read: () => {}, context };
};

const once = { session: 'order 17'.padEnd(16), request: 1, checksum: 5, answered: 0, again: false } as const;

/** The session and the payer under which the ledger hears of a request. */
async function heard(
  identity: Identity,
  context: object = { once },
): Promise<[string | undefined, number | undefined]> {
  let told: [string | undefined, number | undefined] = [undefined, undefined];
  const port: Port = {
    eventsMax: 8189,
    request: async (request) => {
      told = [request.context.once?.session, request.context.payer];
      return request.read(Cells.none, 0, 0);
    },
    close: () => Promise.resolve(),
  };
  await allowing(identity)(port).request(asked(context));
  return told;
}

const payments = inRole('payments', 'write', 'token');

test("a session is its subject's: another subject does not name the same request", async () => {
  const [first] = await heard(payments);
  assert.equal(first!.length, 16);
  assert.deepEqual(await heard(payments), await heard(payments));
  assert.notEqual((await heard(inRole('stranger', 'write', 'token')))[0], first);
  assert.equal((await heard(payments, {}))[0], undefined);
});

test('the same subject of two tenants is two callers, with sessions and a share of its own', async () => {
  const callers = [payments, { ...payments, tenant: 'north' }, { ...payments, tenant: 'south' }];
  const told = await Promise.all(callers.map((caller) => heard(caller)));
  assert.equal(new Set(told.map(([session]) => session)).size, 3);
  assert.equal(new Set(told.map(([, payer]) => payer)).size, 3);
  assert.deepEqual(await heard({ ...payments, tenant: 'north' }), told[1]);
});

test("no subject can be spelled so that it is another tenant's", () => {
  const north = ownerOf({ subject: 'payments', tenant: 'north' });
  const spelled = Buffer.from(north).toString('utf8');
  assert.notDeepEqual(Buffer.from(ownerOf({ subject: spelled })), Buffer.from(north));
  for (const subject of ['northpayments', 'north payments', '["north","payments"]']) {
    assert.notDeepEqual(Buffer.from(ownerOf({ subject })), Buffer.from(north));
  }
});
