/**
 * Every way into a ledger, as one interface: what the verifying client needs, and that a call rejects when no answer
 * will come.
 */
import { Agent, request } from 'node:http';
import {
  type Account,
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  connect,
  connectGrpc,
  type Ledger,
  type Transfer,
  type TransferInput,
} from '../src/index.ts';
import { MessagePackClient } from '../testing/ports/msgpack.ts';

export interface Door {
  readonly name: string;
  /** Names of statuses. */
  createAccounts(accounts: readonly AccountInput[]): Promise<string[]>;
  createTransfers(transfers: readonly TransferInput[]): Promise<string[]>;
  lookupAccounts(ids: readonly bigint[]): Promise<Account[]>;
  lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]>;
  /** Every transfer from that timestamp on, by timestamp, as many as a reply takes. */
  transfersFrom(timestamp: bigint): Promise<Transfer[]>;
  /** Also when nobody is there any more. */
  close(): Promise<void>;
}

/** Results, also of a query, in a frame of 1 MiB at most. */
const PAGE = 1000;

/** Over any typed ledger. `hasAnswered` is true while the other side is there, so that closing can wait for it. */
export function ledgerDoor(name: string, ledger: Ledger): Door {
  return {
    name,
    createAccounts: async (accounts) =>
      (await ledger.createAccounts(accounts)).map(({ status }) => CreateAccountStatus[status]!),
    createTransfers: async (transfers) =>
      (await ledger.createTransfers(transfers)).map(({ status }) => CreateTransferStatus[status]!),
    lookupAccounts: (ids) => ledger.lookupAccounts(ids),
    lookupTransfers: (ids) => ledger.lookupTransfers(ids),
    transfersFrom: (timestamp) => ledger.queryTransfers({ timestamp_min: timestamp, limit: PAGE }),
    close: () => ledger.close().catch(() => {}),
  };
}

type Plain = { readonly [field: string]: unknown };

/** Over `call`, which takes the name of an operation and its events as plain values. */
function plainDoor(
  name: string,
  call: (operation: string, events: readonly unknown[]) => Promise<readonly Plain[]>,
  close: () => Promise<void>,
): Door {
  const create = async (operation: string, events: readonly object[]): Promise<string[]> =>
    (await call(operation, events.map(textual))).map(({ status }) => String(status));
  const records = async <Record>(operation: string, events: readonly unknown[]): Promise<Record[]> =>
    (await call(operation, events)).map(numeric) as Record[];
  return {
    name,
    createAccounts: (accounts) => create('create_accounts', accounts),
    createTransfers: (transfers) => create('create_transfers', transfers),
    lookupAccounts: (ids) => records('lookup_accounts', ids.map(String)),
    lookupTransfers: (ids) => records('lookup_transfers', ids.map(String)),
    transfersFrom: (timestamp) =>
      records('query_transfers', [{ timestamp_min: String(timestamp), limit: PAGE }]) as Promise<Transfer[]>,
    close,
  };
}

/** As JSON and MessagePack take numbers that may be large. */
function textual(event: object): Plain {
  return Object.fromEntries(
    Object.entries(event).map(([field, value]) => [field, typeof value === 'bigint' ? String(value) : value]),
  );
}

const SMALL: readonly string[] = ['user_data_32', 'timeout', 'ledger', 'code', 'flags', 'reserved'];

function numeric(record: Plain): Plain {
  return Object.fromEntries(
    Object.entries(record).map(([field, value]) => [
      field,
      SMALL.includes(field) ? Number(value) : BigInt(value as string),
    ]),
  );
}

/** Over the native protocol. */
export async function nativeDoor(name: string, address: string): Promise<Door> {
  return ledgerDoor(name, await connect(address, { reconnectTimeoutMs: 0 }));
}

export async function grpcDoor(address: string): Promise<Door> {
  return ledgerDoor('grpc', await connectGrpc(address, { reconnectTimeoutMs: 0 }));
}

export async function httpDoor(address: string): Promise<Door> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const call = (operation: string, events: readonly unknown[]): Promise<readonly Plain[]> =>
    new Promise((resolve, reject) => {
      const sent = request(`${address}/v1/${operation}`, {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
      });
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        // Also when it is cut off, which `end` is not.
        response.on('close', () => {
          if (!response.complete) return reject(new Error('cut off'));
          if (response.statusCode !== 200) {
            const problem = JSON.parse(text) as { code: string; detail: string };
            return reject(Object.assign(new Error(problem.detail), { code: problem.code }));
          }
          resolve(JSON.parse(text) as Plain[]);
        });
      });
      sent.on('error', reject).end(JSON.stringify(events));
    });
  return plainDoor('http', call, async () => agent.destroy());
}

export async function messagePackDoor(address: string): Promise<Door> {
  const client = new MessagePackClient(Number(new URL(address).port));
  const gone = client.closed.then(() => {
    throw new Error('the connection is gone');
  });
  gone.catch(() => {});
  const call = async (operation: string, events: readonly unknown[]): Promise<readonly Plain[]> => {
    const { results, error } = await Promise.race([client.call(operation, events), gone]);
    if (results !== undefined) return results;
    throw Object.assign(new Error(error?.message), { code: error?.code });
  };
  return plainDoor('msgpack', call, () => client.close());
}
