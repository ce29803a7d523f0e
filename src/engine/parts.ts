/**
 * Which requests of which sessions a batch answers: in its header, or where several share it in parts behind its
 * events.
 */
import {
  BATCH_PART_SIZE,
  type BatchPart,
  BatchPartOffset,
  CELL_SIZE,
  type Cells,
  type Context,
  HeaderOffset,
  type Once,
} from '../model/index.ts';

/** Cells of a batch's parts. */
export function partsCells(parts: readonly BatchPart[] | undefined): number {
  return parts === undefined ? 0 : Math.ceil((parts.length * BATCH_PART_SIZE) / CELL_SIZE);
}

/** Writes them into a header that is zero otherwise, and to byte `at`, where the parts have their cells. */
export function putRequests(cells: Cells, header: number, at: number, { once, parts }: Context): void {
  if (once !== undefined) put(cells, header + HeaderOffset.session, header + HeaderOffset.checksumEvents, once);
  if (parts === undefined) return;
  const { view, bytes } = cells;
  view.setUint32(header + HeaderOffset.parts, parts.length, true);
  bytes.fill(0, at, at + partsCells(parts) * CELL_SIZE);
  let part = at;
  for (const { first, count, once: own } of parts) {
    view.setUint16(part + BatchPartOffset.first, first, true);
    view.setUint16(part + BatchPartOffset.count, count, true);
    put(cells, part, part + BatchPartOffset.checksumEvents, own);
    part += BATCH_PART_SIZE;
  }
}

/** The request's number stands behind the session, `answered` behind the checksum. */
function put({ bytes, view }: Cells, at: number, checksumAt: number, once: Once): void {
  const { session, request, checksum, answered } = once;
  for (let k = 0; k < 16; k++) bytes[at + k] = session.charCodeAt(k);
  view.setUint32(at + 16, request, true);
  view.setUint32(checksumAt, checksum, true);
  view.setUint32(checksumAt + 4, answered, true);
}
