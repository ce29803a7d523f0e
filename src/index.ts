/**
 * The front door: everything that `tigerbeetle-node` exports, under the same names and with the same meanings, and
 * more. So `"tigerbeetle-node": "npm:tallystick"` in a package.json is the whole migration.
 */
import type {
  Account,
  AccountBalance,
  AccountFilter,
  CreateAccountResult,
  CreateTransferResult,
  QueryFilter,
  Transfer,
} from './model/index.ts';

export {
  type Client,
  type ClientInitArgs,
  type ClientWaiting,
  type ConnectOptions,
  connect,
  connectGrpc,
  ErrorCodes,
  type ExtendedClient,
  type GrpcOptions,
  id,
  RemoteLedger,
  RequestError,
} from './client/index.ts';
export type { Recovery, RecoveryProgress, WaitStrategy } from './engine/index.ts';
export type {
  Account,
  AccountBalance,
  AccountFilter,
  AccountFilterInput,
  AccountInput,
  AnyTransferInput,
  ChangeEvent,
  ChangeEventsFilter,
  ChangeEventsFilterInput,
  CreateAccountResult,
  CreateTransferResult,
  Id,
  PendingTransfer,
  QueryFilter,
  QueryFilterInput,
  Snapshot,
  Transfer,
  TransferFilter,
  TransferFilterInput,
  TransferInput,
  TransferSum,
  TransferSumFilterInput,
  VoidInput,
} from './model/index.ts';
export {
  AccountBatch,
  AccountFilterFlags,
  AccountFlags,
  accountsOf,
  ChangeEventType,
  type Consistency,
  CreateAccountStatus,
  CreateTransferStatus,
  changeEventsOf,
  type ErrorCode,
  formatPin,
  formatUuid,
  type Ledger,
  Operation,
  type PastOptions,
  PendingState,
  type Pin,
  type Port,
  parsePin,
  parseUuid,
  QueryFilterFlags,
  type Reads,
  type ReplayPort,
  type Request,
  ResultBatch,
  TallystickError,
  TransferBatch,
  TransferFilterFlags,
  TransferFlags,
  transfersOf,
} from './model/index.ts';
export {
  createClient,
  FolderLedger,
  MemoryLedger,
  type MemoryOptions,
  type OpenOptions,
  open,
} from './open.ts';
export {
  checkShards,
  type Moved,
  type OpenLeg,
  type ShardCheck,
  ShardedLedger,
  type ShardMap,
  type ShardOf,
  type ShardOptions,
  type Sweep,
  stripedId,
} from './shard/index.ts';
export { sharded } from './sharded.ts';

/** The largest amount: "as much as possible" where a transfer is balancing, "all of it" where it posts. */
export const amount_max: bigint = 2n ** 128n - 1n;

/** The id of an account, as tigerbeetle-node names its type. */
export type AccountID = bigint;
/** The id of a transfer, as tigerbeetle-node names its type. */
export type TransferID = bigint;
/** Opaque, as in tigerbeetle-node. */
export type Context = object;
/** An element of a request, as in tigerbeetle-node. */
export type Event = Account | Transfer | AccountID | TransferID | AccountFilter | QueryFilter;
/** An element of an answer, as in tigerbeetle-node. */
export type Result = CreateAccountResult | CreateTransferResult | Account | Transfer | AccountBalance;
/** Takes an answer or an error, as in tigerbeetle-node. */
export type ResultCallback = (error: Error | null, results: Result[] | null) => void;
