/** Unary calls, made by grpc-js: what they answer, and how they are refused. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { StaticTokenAuthenticator } from '../../../packages/server/src/server/index.ts';
import { Operation, TallystickError } from '../../../src/model/index.ts';
import { requestSizeMax } from '../../../src/wire/index.ts';
import { FakePort, resultsOf } from '../../../testing/ports/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { GrpcJsClient, type Message, refusal, u128 } from './grpc-js.ts';

const CREATED = -1;
const list = (message: Message, name: string): Message[] => (message[name] ?? []) as Message[];

describe('the ledger by unary calls', () => {
  let door: GrpcDoorFixture;
  let client: GrpcJsClient;
  before(async () => {
    door = await GrpcDoorFixture.open();
    client = new GrpcJsClient(door.authority);
  });
  after(async () => {
    client.close();
    await door.close();
  });

  const AMOUNT = 2n ** 127n + 12_345_678_901_234_567_890n;

  test('money moves, to the last digit, and every operation tells of it', async () => {
    const accounts = [1n, 2n].map((id) => ({ id: u128(id), ledger: 1, code: 1, flags: 8, user_data_64: '77' }));
    const created = await client.call('CreateAccounts', { accounts });
    assert.deepEqual(
      list(created, 'results').map(({ status }) => status),
      [CREATED, CREATED],
    );
    const transfer = {
      id: u128(3n),
      debit_account_id: u128(1n),
      credit_account_id: Buffer.from([2]),
      amount: u128(AMOUNT),
      ledger: 1,
      code: 7,
    };
    const [result] = list(await client.call('CreateTransfers', { transfers: [transfer] }), 'results');
    assert.equal(result!.status, CREATED);

    const [debit, credit] = list(await client.call('LookupAccounts', { ids: [u128(1n), u128(2n)] }), 'accounts');
    assert.deepEqual(debit!.debits_posted, [...u128(AMOUNT)]);
    assert.deepEqual(credit!.credits_posted, [...u128(AMOUNT)]);
    assert.equal(debit!.credits_posted, undefined);

    const found = {
      ...Object.fromEntries(
        Object.entries(transfer).map(([name, value]) => [name, Buffer.isBuffer(value) ? [...value] : value]),
      ),
      credit_account_id: [...u128(2n)],
      timestamp: result!.timestamp,
    };
    assert.deepEqual(list(await client.call('LookupTransfers', { ids: [u128(3n)] }), 'transfers'), [found]);
    assert.deepEqual(
      list(await client.call('GetAccountTransfers', { filter: { account_id: u128(1n) } }), 'transfers'),
      [found],
    );
    assert.deepEqual(list(await client.call('QueryTransfers', { filter: { code: 7 } }), 'transfers'), [found]);
    assert.equal(list(await client.call('QueryAccounts', { filter: { user_data_64: '77' } }), 'accounts').length, 2);
    const [balance] = list(await client.call('GetAccountBalances', { filter: { account_id: u128(1n) } }), 'balances');
    assert.deepEqual(balance!.debits_posted, [...u128(AMOUNT)]);
    const [event] = list(await client.call('GetChangeEvents', {}), 'events');
    assert.deepEqual(event!.transfer_amount, [...u128(AMOUNT)]);
    assert.equal(event!.transfer_timestamp, result!.timestamp);
  });

  test('packed in, packed out: the same records', async () => {
    const { packed } = await client.call('LookupAccounts', { packed: Buffer.concat([u128(1n), u128(9n), u128(2n)]) });
    const bytes = Buffer.from(packed as number[]);
    assert.equal(bytes.length, 256);
    assert.deepEqual([bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(128)], [1n, 2n]);
    assert.equal(bytes.readBigUInt64LE(32) | (bytes.readBigUInt64LE(40) << 64n), AMOUNT);
    assert.deepEqual(await client.call('LookupAccounts', { packed: u128(9n) }), { packed: [] });
  });

  test('nothing asked, nothing answered', async () => {
    assert.deepEqual(await client.call('CreateTransfers', {}), {});
    assert.deepEqual(await client.call('LookupAccounts', { packed: Buffer.alloc(0) }), { packed: [] });
  });

  test('8,189 transfers in one call, as messages and packed', async () => {
    const accounts = [11n, 12n].map((id) => ({ id: u128(id), ledger: 1, code: 1 }));
    await client.call('CreateAccounts', { accounts });
    const both = { debit_account_id: u128(11n), credit_account_id: u128(12n), amount: u128(1n), ledger: 1, code: 1 };
    const transfers = Array.from({ length: 8189 }, (_, index) => ({ ...both, id: u128(1000n + BigInt(index)) }));
    const results = list(await client.call('CreateTransfers', { transfers }), 'results');
    assert.equal(results.length, 8189);
    assert.ok(results.every(({ status }) => status === CREATED));
    const ids = Buffer.concat(transfers.map(({ id }) => id));
    const { packed } = await client.call('LookupTransfers', { packed: ids });
    assert.equal((packed as number[]).length, 8189 * 128);
  });

  test('what is malformed is refused by name, with the code of ours and the status of gRPC', async () => {
    const refused = async (message: Message, details: RegExp): Promise<void> => {
      const outcome = await refusal(client.call('CreateTransfers', message));
      assert.equal(outcome.status, grpc.status.INVALID_ARGUMENT);
      assert.match(outcome.details, details);
      assert.equal(outcome.code, 'invalid_argument');
      assert.deepEqual(outcome.metadata.get('tallystick-code'), ['invalid_argument']);
    };
    await refused({ packed: Buffer.alloc(130) }, /packed has 130 bytes, which is not a multiple of 128/);
    await refused({ transfers: [{ id: Buffer.alloc(17), amount: Buffer.of(1) }] }, /transfers\[0\]\.id has 17 bytes/);
    await refused({ transfers: [{ amount: Buffer.of(1), code: 70_000 }] }, /transfers\[0\]\.code must be a u16/);
  });

  test('more than 8,189 are too many', async () => {
    const transfers = Array.from({ length: 8190 }, () => ({}));
    const outcome = await refusal(client.call('CreateTransfers', { transfers }));
    assert.deepEqual([outcome.status, outcome.code], [grpc.status.INVALID_ARGUMENT, 'too_much_data']);
  });

  test('a message larger than any request is refused before it has arrived', async () => {
    const outcome = await refusal(client.call('CreateTransfers', { packed: Buffer.alloc(requestSizeMax + 1) }));
    assert.deepEqual([outcome.status, outcome.code], [grpc.status.INVALID_ARGUMENT, 'too_much_data']);
    assert.match(outcome.details, /at most/);
    assert.equal(list(await client.call('LookupAccounts', { ids: [u128(1n)] }), 'accounts').length, 1);
  });

  test('a method that is not there is unimplemented, and so is compression', async () => {
    const call = (path: string, options: grpc.CallOptions, metadata = new grpc.Metadata()): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const asItIs = (bytes: Buffer): Buffer => bytes;
        client.client.makeUnaryRequest(path, asItIs, asItIs, Buffer.alloc(0), metadata, options, (error, value) =>
          error === null ? resolve(value) : reject(error),
        );
      });
    for (const path of ['/tallystick.v1.Ledger/Pulse', '/tallystick.v2.Ledger/Submit', '/']) {
      await assert.rejects(call(path, {}), { code: grpc.status.UNIMPLEMENTED });
    }
    const compressing = new grpc.Client(door.authority, grpc.credentials.createInsecure(), {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    });
    await assert.rejects(
      new Promise((resolve, reject) => {
        compressing.makeUnaryRequest(
          '/tallystick.v1.Ledger/LookupAccounts',
          (b: Buffer) => b,
          (b: Buffer) => b,
          Buffer.alloc(0),
          (error, value) => (error === null ? resolve(value) : reject(error)),
        );
      }),
      { code: grpc.status.UNIMPLEMENTED },
    );
    compressing.close();
  });
});

describe('what the world does to a call', () => {
  async function over(
    port: FakePort,
    act: (client: GrpcJsClient, door: GrpcDoorFixture) => Promise<void>,
  ): Promise<void> {
    const door = await GrpcDoorFixture.open({}, port);
    const client = new GrpcJsClient(door.authority);
    try {
      await act(client, door);
    } finally {
      client.close();
      await door.close();
    }
  }
  const one = { transfers: [{ id: u128(1n), amount: u128(1n) }] };

  test('a deadline that passes after sending leaves the outcome unknown, and says so', async () => {
    const port = new FakePort();
    const gates: (() => void)[] = [];
    port.answer = async ({ count }) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return resultsOf(count, 0xffff_ffff);
    };
    await over(port, async (client) => {
      // grpc-js gives up at the same moment; so that the server's own word is heard, the deadline is sent and not kept.
      const metadata = new grpc.Metadata();
      metadata.set('grpc-timeout', '50m');
      const outcome = await refusal(client.call('CreateTransfers', one, {}, metadata));
      assert.deepEqual([outcome.status, outcome.code], [grpc.status.DEADLINE_EXCEEDED, 'timed_out']);
      assert.match(outcome.details, /unknown/);
      assert.equal(port.sent.length, 1);
      const own = await refusal(client.call('CreateTransfers', one, { deadline: Date.now() + 50 }));
      assert.equal(own.status, grpc.status.DEADLINE_EXCEEDED);
      for (const open of gates) open();
    });
  });

  test('a call that is cancelled is finished by the ledger, and its bytes are given back', async () => {
    const port = new FakePort();
    let open = (): void => undefined;
    port.answer = async ({ count }) => {
      await new Promise<void>((resolve) => {
        open = resolve;
      });
      return resultsOf(count, 0xffff_ffff);
    };
    await over(port, async (client, door) => {
      const call = client.client.makeUnaryRequest(
        '/tallystick.v1.Ledger/CreateTransfers',
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        // One transfer, whose amount is zero.
        Buffer.from([0x0a, 18, 0x22, 16, ...new Uint8Array(16)]),
        () => undefined,
      );
      while (port.sent.length === 0) await sleep(1);
      assert.ok(door.server.bytesHeld > 0);
      call.cancel();
      await sleep(20);
      open();
      while (door.server.bytesHeld > 0) await sleep(1);
    });
  });

  test('a full lane is RESOURCE_EXHAUSTED, with the time to wait', async () => {
    const port = new FakePort();
    port.answer = () => Promise.reject(new TallystickError('lane_full', 'full', { retryAfterMs: 1250 }));
    await over(port, async (client) => {
      const outcome = await refusal(client.call('CreateTransfers', one));
      assert.deepEqual([outcome.status, outcome.code], [grpc.status.RESOURCE_EXHAUSTED, 'lane_full']);
      assert.deepEqual(outcome.metadata.get('grpc-retry-pushback-ms'), ['1250']);
      const details = outcome.metadata.get('grpc-status-details-bin')[0] as Buffer;
      // RetryInfo { retry_delay { seconds: 1, nanos: 250,000,000 } }
      const retryInfo = Buffer.from([0x0a, 0x07, 0x08, 0x01, 0x10, 0x80, 0xe5, 0x9a, 0x77]);
      assert.ok(details.includes('google.rpc.RetryInfo') && details.includes(retryInfo), details.toString('hex'));
    });
  });

  test('a mistake of our own is INTERNAL', async () => {
    const port = new FakePort();
    port.answer = () => Promise.reject(new Error('50% of “something”'));
    await over(port, async (client) => {
      const outcome = await refusal(client.call('CreateTransfers', one));
      assert.deepEqual([outcome.status, outcome.code], [grpc.status.INTERNAL, 'engine_failed']);
      assert.equal(outcome.details, '50% of “something”');
    });
  });

  test('the lane of the metadata is wished for', async () => {
    const port = new FakePort();
    port.answer = ({ count }) => resultsOf(count, 0xffff_ffff);
    await over(port, async (client, door) => {
      const metadata = new grpc.Metadata();
      metadata.set('tallystick-lane', 'critical');
      await client.call('CreateTransfers', one, {}, metadata);
      await client.call('CreateTransfers', one);
      assert.deepEqual([door.ingress.statistics.critical.requests, door.ingress.statistics.normal.requests], [1, 1]);
    });
  });

  test('tokens: none, a wrong one, one that may only read', async () => {
    const port = new FakePort();
    const token = 'only-for-looking-at-it';
    const door = await GrpcDoorFixture.open({ authenticator: new StaticTokenAuthenticator(token, 'read') }, port);
    const client = new GrpcJsClient(door.authority);
    try {
      const withToken = (text: string): grpc.Metadata => {
        const metadata = new grpc.Metadata();
        metadata.set('authorization', `Bearer ${text}`);
        return metadata;
      };
      for (const metadata of [new grpc.Metadata(), withToken('nonsense')]) {
        const outcome = await refusal(client.call('LookupAccounts', { ids: [u128(1n)] }, {}, metadata));
        assert.deepEqual([outcome.status, outcome.code], [grpc.status.UNAUTHENTICATED, 'unauthenticated']);
      }
      assert.equal(door.server.counters.refused.get('unauthenticated'), 2);
      assert.equal(port.sent.length, 0);
      assert.deepEqual(await client.call('LookupAccounts', { ids: [u128(1n)] }, {}, withToken(token)), {});
      const outcome = await refusal(client.call('CreateTransfers', one, {}, withToken(token)));
      assert.deepEqual([outcome.status, outcome.code], [grpc.status.PERMISSION_DENIED, 'forbidden']);
      assert.deepEqual(
        port.sent.map(({ operation }) => operation),
        [Operation.lookup_accounts],
      );
    } finally {
      client.close();
      await door.close();
    }
  });

  test('beyond this machine it listens only with TLS, and to those it knows', async () => {
    await assert.rejects(GrpcDoorFixture.open({ host: '0.0.0.0' }, new FakePort()), { code: 'invalid_argument' });
  });

  test('a port that is taken is an error with a name', async () => {
    const door = await GrpcDoorFixture.open({}, new FakePort());
    await assert.rejects(GrpcDoorFixture.openAt(door.server.address.port), { code: 'not_listening' });
    await door.close();
  });
});
