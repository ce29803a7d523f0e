/** Filters of transfers that contradict themselves: what finds nothing by mistake is an error. */
import type { Cells } from './cells.ts';
import { TransferFilterFlags } from './gen/enums.ts';
import { TIMESTAMP_MAX } from './gen/formats.ts';
import { TransferFilterOffset } from './gen/layout.ts';
import { getU128, invalidField } from './scalars.ts';

const { debits, credits, reversed, open, posted, voided, expired } = TransferFilterFlags;
const FLAGS = debits | credits | reversed | open | posted | voided | expired;

/** Throws `invalid_argument` for bounds in the wrong order, a time that there is not, and a flag that there is not. */
export function checkSearch(cells: Cells, at: number): void {
  const { timestamp_min, timestamp_max, amount_min, amount_max, flags } = TransferFilterOffset;
  const [from, to] = [timestamp_min, timestamp_max].map((offset) => cells.view.getBigUint64(at + offset, true));
  if (from! > TIMESTAMP_MAX) throw invalidField('timestamp_min', 'is later than 2^63 - 1');
  if (to! > TIMESTAMP_MAX) throw invalidField('timestamp_max', 'is later than 2^63 - 1');
  if (to !== 0n && from! > to!) throw invalidField('timestamp_min', 'is later than timestamp_max');
  const most = getU128(cells, at + amount_max);
  if (most !== 0n && getU128(cells, at + amount_min) > most) throw invalidField('amount_min', 'is above amount_max');
  if ((cells.view.getUint32(at + flags, true) & ~FLAGS) !== 0)
    throw invalidField('flags', 'has a flag that there is not');
}
