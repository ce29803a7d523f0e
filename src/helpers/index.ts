/**
 * `tallystick/helpers`: what every program that uses a ledger writes again, written once. Functions over records and
 * over any `Ledger` that they are handed, those of `tigerbeetle-node` among them; nothing here needs Node.
 */
export type {
  Account,
  AccountBalance,
  AccountFilter,
  AccountFilterInput,
  AccountInput,
  AnyTransferInput,
  ChangeEvent,
  Id,
  Ledger,
  QueryFilter,
  QueryFilterInput,
  Transfer,
  TransferFilterInput,
  TransferInput,
  VoidInput,
} from '../model/index.ts';
export { type Balance, balanceAt, balanceOf, postedAt, type Side } from './balance.ts';
export { chain, requestsOf } from './chains.ts';
export { type FollowOptions, followChanges } from './changes.ts';
export { type Empty, type EmptyReason, whyNoBalances, whyNoTransfers } from './empty.ts';
export { type IdPart, idOf } from './ids.ts';
export { accountsInPlace, inPlace, transfersInPlace } from './lookups.ts';
export { formatMoney, parseMoney } from './money.ts';
export {
  type Accepted,
  type Answered,
  acceptedAccounts,
  acceptedTransfers,
  accountOutcomes,
  type Outcome,
  RefusedError,
  transferOutcomes,
} from './outcomes.ts';
export {
  accountBalancesOf,
  accountsOf,
  accountTransfersOf,
  changeEventsOf,
  each,
  foundTransfersOf,
  openPendingsOf,
  queriedAccountsOf,
  queriedTransfersOf,
  transfersOf,
} from './pages.ts';
export {
  type AccountsPort,
  attemptAccounts,
  attemptTransfers,
  sendAccounts,
  sendTransfers,
  type TransfersPort,
} from './send.ts';
export { type Exchange, exchange, type Rounding, split, times } from './shares.ts';
export type { Refusal } from './statuses.ts';
export { type Duration, dateOf, isoOf, nanosecondsIn, nanosecondsOf, timeoutOf } from './time.ts';
