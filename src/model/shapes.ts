/** What the schema says of a request's operation, whatever number that is. */
import type { Operation } from './gen/enums.ts';
import { type OperationShape, operationShapes } from './gen/layout.ts';

function shapeOf(operation: number): OperationShape | undefined {
  return operationShapes[operation as Operation];
}

/** Whether it changes the ledger, and so is written to the journal. */
export function isJournalled(operation: number): boolean {
  return shapeOf(operation)?.journalled === true;
}

/** Bytes of one event of a request; 0 where it has none. */
export function eventSize(operation: number): number {
  return shapeOf(operation)?.eventSize ?? 0;
}

/** Bytes of the largest reply that has one item for each event, as those to creates and lookups. */
export function replySizeMax(operation: number, count: number): number {
  return count * (shapeOf(operation)?.replySize ?? 0);
}
