export { ResultBatch } from './batch.ts';
export { type ErrorCode, type ErrorEntry, errorTable, TallystickError } from './errors.ts';
export * from './gen/batches.ts';
export * from './gen/codec.ts';
export * from './gen/enums.ts';
export * from './gen/layout.ts';
export type * from './gen/types.ts';
export type { Ledger } from './ledger.ts';
export type { Cells, ReplayPort, RequestPort } from './port.ts';
export { formatUuid, getU128, invalid, parseUuid, putId, putU128 } from './scalars.ts';
export {
  type FieldSchema,
  type FieldType,
  type OperationSchema,
  operations as operationSchemas,
  type RecordSchema,
  records as recordSchemas,
} from './schema.ts';
export { type EnumSchema, enums as enumSchemas } from './schema-enums.ts';
