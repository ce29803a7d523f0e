/**
 * Services on top of a Tallystick ledger. A service is a pure compiler from a request to linked chains; whatever must
 * be true under crashes and races is a property of the chain, which the ledger checks. It is handed a `Ledger`,
 * wherever that lives.
 */
export { type Asset, Assets } from './base/assets.ts';
export { type RefusalCode, type RefusalEntry, refusals } from './base/outcomes.ts';
export type { ControlRules, LimitRule, Per, ReviewRule } from './controls/rules.ts';
export type { Score, ScoreOptions, ScoreRequest } from './controls/score.ts';
export type { LimitView } from './controls/windows.ts';
export { paymentsOpenApi } from './http/openapi.ts';
export { PaymentRoutes } from './http/routes.ts';
export { type Host, type Started, startServices } from './http/start.ts';
export type { AccountView } from './payments/accounts.ts';
export type { ApprovalView } from './payments/approvals.ts';
export { type Audit, audit } from './payments/audit.ts';
export type { BulkReceipt, Skipped } from './payments/bulk.ts';
export type { PaymentStatus, PaymentView } from './payments/life.ts';
export { Payments, type PaymentsOptions, type PaymentWords } from './payments/payments.ts';
export type { Done, InReview, Receipt, Refused, Would } from './payments/receipts.ts';
export type {
  AccountRequest,
  BulkRequest,
  CaptureRequest,
  HoldRequest,
  PayRequest,
  RefundRequest,
  ReleaseRequest,
  Requests,
  ReverseRequest,
  SplitRequest,
  SplitSource,
  SplitTarget,
  Verb,
} from './payments/shapes.ts';
export { LmdbRecords } from './records/lmdb-records.ts';
export { MemoryRecords } from './records/memory-records.ts';
export { type PostgresOptions, PostgresRecords } from './records/postgres-records.ts';
export type { RecordFilter, RecordInput, Records } from './records/records.ts';
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
