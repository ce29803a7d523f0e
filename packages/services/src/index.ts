/**
 * Services on top of a Tallystick ledger. A service is a pure compiler from a request to linked chains; whatever must
 * be true under crashes and races is a property of the chain, which the ledger checks. It is handed a `Ledger`,
 * wherever that lives.
 */

export { SimulatedBank } from './bank/bank.ts';
export type { BankAccount } from './bank/messages.ts';
export { BankServer, type BankServerOptions } from './bank/server.ts';
export { type Asset, Assets } from './base/assets.ts';
export { type RefusalCode, type RefusalEntry, refusals } from './base/outcomes.ts';
export type { ControlRules, LimitRule, Per, ReviewRule } from './controls/rules.ts';
export type { Score, ScoreOptions, ScoreRequest } from './controls/score.ts';
export type { LimitView } from './controls/windows.ts';
export type { QuoteView } from './fx/quotes.ts';
export type { FxRules, PairRule } from './fx/rates.ts';
export { paymentsOpenApi } from './http/openapi.ts';
export { PaymentRoutes } from './http/routes.ts';
export { type Host, type Started, startServices } from './http/start.ts';
export type { AccountView } from './payments/accounts.ts';
export type { ApprovalView } from './payments/approvals.ts';
export { type Audit, audit } from './payments/audit.ts';
export type { BulkReceipt, Skipped } from './payments/bulk.ts';
export type { PaymentStatus, PaymentView } from './payments/life.ts';
export { Payments, type PaymentWords } from './payments/payments.ts';
export type { Done, InReview, Receipt, Refused, Would } from './payments/receipts.ts';
export type {
  AccountRequest,
  BulkRequest,
  CaptureRequest,
  ExchangeRequest,
  HoldRequest,
  PayoutRequest,
  PayoutTarget,
  PayRequest,
  QuoteRequest,
  RefundRequest,
  ReleaseRequest,
  Requests,
  ReverseRequest,
  SplitRequest,
  SplitSource,
  SplitTarget,
  Verb,
} from './payments/shapes.ts';
export type { PaymentsOptions } from './payments/shared.ts';
export type { Turn } from './rails/courier.ts';
export type { Imported } from './rails/hearing.ts';
export { HttpBank } from './rails/http-bank.ts';
export { PAYOUT_STATUSES, type PayoutStatus, type PayoutView } from './rails/payout-life.ts';
export { Payouts } from './rails/payouts.ts';
export type { AsideView, UnmatchedView } from './rails/queue.ts';
export type { Bank, BankFile, BankMessage, OwnAccount, Rail, RailFormat } from './rails/rail.ts';
export { Rails, type RailsOptions } from './rails/rails.ts';
export { LmdbRecords } from './records/lmdb-records.ts';
export { MemoryRecords } from './records/memory-records.ts';
export { type PostgresOptions, PostgresRecords } from './records/postgres-records.ts';
export type { RecordFilter, RecordInput, Records } from './records/records.ts';
export { LIST_FORMATS, type List, type ListFormat, readList } from './screening/lists.ts';
export { type Hit, type ListAt, type ListView, Screening, type ScreeningOptions } from './screening/screening.ts';
export type { DeadLetter } from './webhooks/endpoints.ts';
export { EVENT_TYPES, type EventType, type PaymentEvent } from './webhooks/events.ts';
export { type VerifyOptions, verifyWebhook, type WebhookEvent } from './webhooks/verify.ts';
export {
  type EventPage,
  type WebhookRequest,
  Webhooks,
  type WebhooksOptions,
  type WebhookView,
} from './webhooks/webhooks.ts';
