export { ResultBatch } from './batch.ts';
export { Cells } from './cells.ts';
export { type ErrorCode, type ErrorDetails, type ErrorEntry, errorTable, TallystickError } from './errors.ts';
export * from './gen/batches.ts';
export * from './gen/codec.ts';
export * from './gen/enums.ts';
export * from './gen/formats.ts';
export * from './gen/layout.ts';
export type * from './gen/types.ts';
export type { AskOptions, Ledger, PastOptions, Reads } from './ledger.ts';
export { orMemoryFull } from './memory.ts';
export { named } from './named.ts';
export { checkOptions } from './names.ts';
export { ObjectLedger } from './object-ledger.ts';
export { accountsOf, changeEventsOf, newestTimestamp, transfersOf } from './pages.ts';
export { checkPin, formatPin, holdToPin, type Pin, parsePin } from './pin.ts';
export {
  type BatchPart,
  type Before,
  before,
  type Consistency,
  type Context,
  type ContextDraft,
  draftOf,
  inContext,
  type Lane,
  type Leaving,
  NO_CONTEXT,
  type Once,
  type Port,
  type Read,
  type ReplayPort,
  type Request,
  type Write,
} from './request.ts';
export { amountMissing, formatUuid, getU128, invalid, invalidField, parseUuid, putId, putU128 } from './scalars.ts';
export {
  type FieldSchema,
  type FieldType,
  type OperationSchema,
  operations as operationSchemas,
  type RecordSchema,
  records as recordSchemas,
} from './schema.ts';
export { type EnumSchema, enums as enumSchemas } from './schema-enums.ts';
export type {
  Asker,
  GrpcService,
  HttpService,
  ServiceAnswer,
  ServiceCaller,
  ServiceField,
  ServiceMessage,
  ServiceMethod,
  ServiceQuery,
  ServiceRequest,
} from './service.ts';
export { eventSize, isJournalled, replySizeMax } from './shapes.ts';
export { isSliced } from './slices.ts';
