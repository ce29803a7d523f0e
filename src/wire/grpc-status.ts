/** The gRPC status of each of our errors. */
import { type ErrorCode, errorTable, TallystickError } from '../model/index.ts';
import { FieldReader, FieldWriter, malformed, WireType } from './grpc-protobuf.ts';

/** https://grpc.io/docs/guides/status-codes */
export const GrpcStatus = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
} as const;
export type GrpcStatus = (typeof GrpcStatus)[keyof typeof GrpcStatus];

export interface GrpcMeaning {
  readonly status: GrpcStatus;
  /** Whether the events may have been done. */
  readonly outcomeUnknown: boolean;
  /** Where the error does not say. 0: no reason to wait. */
  readonly retryAfterMs: number;
}

const undone = (status: GrpcStatus, retryAfterMs = 0): GrpcMeaning => ({ status, outcomeUnknown: false, retryAfterMs });
const unknown = (status: GrpcStatus): GrpcMeaning => ({ status, outcomeUnknown: true, retryAfterMs: 0 });

/** A full lane drains in milliseconds; a few more keep the clients from coming back all at once. */
const LANE_RETRY_MS = 20;
const CONNECTION_RETRY_MS = 1000;

const meanings: { readonly [code in ErrorCode]: GrpcMeaning } = {
  closed: unknown(GrpcStatus.unavailable),
  locked: undone(GrpcStatus.unavailable),
  fence_lost: unknown(GrpcStatus.failed_precondition),
  journal_corrupt: undone(GrpcStatus.data_loss),
  snapshot_corrupt: undone(GrpcStatus.data_loss),
  run_corrupt: undone(GrpcStatus.data_loss),
  format_newer: undone(GrpcStatus.failed_precondition),
  format_foreign: undone(GrpcStatus.failed_precondition),
  disk_full: unknown(GrpcStatus.internal),
  disk_failed: unknown(GrpcStatus.internal),
  not_writable: undone(GrpcStatus.failed_precondition),
  not_found: undone(GrpcStatus.not_found),
  too_much_data: undone(GrpcStatus.invalid_argument),
  too_many_accounts: undone(GrpcStatus.resource_exhausted),
  too_many_pendings: undone(GrpcStatus.resource_exhausted),
  memory_full: undone(GrpcStatus.resource_exhausted),
  lane_full: undone(GrpcStatus.resource_exhausted, LANE_RETRY_MS),
  unreachable: undone(GrpcStatus.unavailable),
  connection_lost: unknown(GrpcStatus.unavailable),
  timed_out: unknown(GrpcStatus.deadline_exceeded),
  deadline_exceeded: undone(GrpcStatus.deadline_exceeded),
  wrong_cluster: undone(GrpcStatus.failed_precondition),
  ledger_changed: undone(GrpcStatus.failed_precondition),
  ledger_behind: undone(GrpcStatus.failed_precondition),
  version_mismatch: undone(GrpcStatus.unimplemented),
  frame_invalid: undone(GrpcStatus.invalid_argument),
  too_many_connections: undone(GrpcStatus.unavailable, CONNECTION_RETRY_MS),
  engine_failed: unknown(GrpcStatus.internal),
  invalid_argument: undone(GrpcStatus.invalid_argument),
  book_invalid: undone(GrpcStatus.invalid_argument),
  book_conflict: undone(GrpcStatus.failed_precondition),
  model_invalid: undone(GrpcStatus.invalid_argument),
  model_busy: undone(GrpcStatus.unavailable, LANE_RETRY_MS),
  stage_lost: undone(GrpcStatus.unavailable),
  dataset_invalid: undone(GrpcStatus.invalid_argument),
  unauthenticated: undone(GrpcStatus.unauthenticated),
  forbidden: undone(GrpcStatus.permission_denied),
  configuration_invalid: undone(GrpcStatus.failed_precondition),
  not_listening: undone(GrpcStatus.unavailable),
  session_expired: unknown(GrpcStatus.failed_precondition),
  request_reused: undone(GrpcStatus.failed_precondition),
  package_missing: undone(GrpcStatus.failed_precondition),
  threads_missing: undone(GrpcStatus.failed_precondition),
  not_leader: undone(GrpcStatus.unavailable, LANE_RETRY_MS),
  cluster_invalid: undone(GrpcStatus.failed_precondition),
  cluster_damaged: unknown(GrpcStatus.data_loss),
  shards_invalid: undone(GrpcStatus.failed_precondition),
  shards_damaged: unknown(GrpcStatus.data_loss),
};

export function grpcOf(code: ErrorCode): GrpcMeaning {
  return meanings[code];
}

/** Milliseconds until the same request should be made again; 0: no reason to wait. */
export function retryAfterMs(error: TallystickError): number {
  return error.retryAfterMs ?? meanings[error.code].retryAfterMs;
}

/** An error that is not a `TallystickError` is a mistake of ours: `engine_failed`. */
export function asTallystickError(error: unknown): TallystickError {
  if (error instanceof TallystickError) return error;
  return new TallystickError('engine_failed', error instanceof Error ? error.message : String(error), { cause: error });
}

const ERROR_TYPE = 'type.googleapis.com/tallystick.v1.Error';
const RETRY_TYPE = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * The bytes of `grpc-status-details-bin`: a `google.rpc.Status` whose details are the message `Error`, already written,
 * and where there is reason to wait a `google.rpc.RetryInfo`, which clients of any language know.
 */
export function statusDetails(status: GrpcStatus, text: string, error: Uint8Array, retryAfterMs = 0): Buffer {
  const writer = new FieldWriter();
  writer.number(1, status);
  writer.text(2, text);
  writer.message(3, (detail) => {
    detail.text(1, ERROR_TYPE);
    detail.message(2, (value) => {
      value.room(error.length);
      value.copy(error, 0, error.length);
    });
  });
  if (retryAfterMs === 0) return writer.toBytes();
  writer.message(3, (detail) => {
    detail.text(1, RETRY_TYPE);
    detail.message(2, (info) => {
      info.message(1, (duration) => {
        duration.number(1, Math.floor(retryAfterMs / 1000));
        duration.number(2, (retryAfterMs % 1000) * 1_000_000);
      });
    });
  });
  return writer.toBytes();
}

/** The error in the bytes of `grpc-status-details-bin`. Throws `frame_invalid`. */
export function readStatusDetails(bytes: Uint8Array): TallystickError {
  const status = new FieldReader(bytes, 0, bytes.length);
  while (status.next()) {
    if (status.field !== 3 || status.wireType !== WireType.bytes) continue;
    const any = new FieldReader(bytes, status.start, status.end);
    while (any.next()) {
      if (any.field === 2 && any.wireType === WireType.bytes) return readError(bytes, any.start, any.end);
    }
  }
  throw malformed('a status whose details are not known here');
}

/** The message `Error`, as an error again. What a newer server calls it, an older client knows by its retriability. */
export function readError(bytes: Uint8Array, start: number, end: number): TallystickError {
  const reader = new FieldReader(bytes, start, end);
  let code = '';
  let message = '';
  let retriable = false;
  let retryAfterMs: number | undefined;
  while (reader.next()) {
    if (reader.field === 1 && reader.wireType === WireType.bytes) code = reader.text();
    else if (reader.field === 2 && reader.wireType === WireType.bytes) message = reader.text();
    else if (reader.field === 3 && reader.wireType === WireType.varint) retriable = reader.low !== 0;
    else if (reader.field === 6 && reader.wireType === WireType.varint) retryAfterMs = reader.low;
  }
  if (Object.hasOwn(errorTable, code)) return new TallystickError(code as ErrorCode, message, { retryAfterMs });
  return new TallystickError(retriable ? 'connection_lost' : 'engine_failed', `${code}: ${message}`);
}
