/**
 * Values as people write them.
 *
 *   42  4_200  0x2a  0o52  0b101010          whole numbers; `_` may stand between digits
 *   -0  -1                                   the largest value of the field, less the number: -0 is AMOUNT_MAX for
 *                                            an amount
 *   AMOUNT_MAX                               2^128 - 1
 *   01890a5d-ac96-774b-bcce-b302099a8057     a UUID, in 128 bits; with `_` in place of `-` too
 *   id()                                     a new id
 *   2025-03-01  2025-03-01T12:30:00.5Z       a moment (UTC), in fields that hold timestamps
 */
import { momentOf } from 'tallystick/internal/base';
import type { FieldType } from 'tallystick/internal/model';

export const AMOUNT_MAX: bigint = 2n ** 128n - 1n;
export const AMOUNT_MAX_WORD = 'AMOUNT_MAX';
export const NEW_ID = 'id()';

const BITS: { readonly [type in FieldType]: bigint } = { u128: 128n, u64: 64n, u32: 32n, u16: 16n, u8: 8n };

/** Largest value of a type. */
export function maxOf(type: FieldType): bigint {
  return 2n ** BITS[type] - 1n;
}

const DIGITS = /^(?:0x[0-9a-f]+(?:_[0-9a-f]+)*|0o[0-7]+(?:_[0-7]+)*|0b[01]+(?:_[01]+)*|[0-9]+(?:_[0-9]+)*)$/i;
const UUID = /^[0-9a-f]{8}([-_])[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;
const MOMENT =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:T(?<time>\d{2}:\d{2}(?::\d{2})?)(?:(?<=:\d{2}:\d{2})\.(?<fraction>\d{1,9}))?Z)?$/;

/** Undefined when `text` is no value of that type; a string says why it is not, where that is not plain to see. */
export function parseValue(
  text: string,
  type: FieldType,
  key: string,
  newId: () => bigint,
): bigint | { readonly why: string } | undefined {
  const max = maxOf(type);
  if (type === 'u128') {
    if (text === NEW_ID) return newId();
    if (text === AMOUNT_MAX_WORD) return AMOUNT_MAX;
    if (UUID.test(text)) {
      const digits = text.replaceAll(/[-_]/g, '');
      // Only digits and `_` is a number, too, and another one: nobody should get the wrong account for it.
      if (text.includes('_') && /^\d+$/.test(digits)) {
        return { why: 'It may be a UUID or a decimal number. Write a UUID with "-" or behind 0x.' };
      }
      return BigInt(`0x${digits}`);
    }
  }
  if (key.startsWith('timestamp') && MOMENT.test(text)) return moment(text);
  if (/^\d[\d_]*\.\d+$/.test(text)) return { why: 'Amounts are whole numbers of the smallest unit.' };
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  if (!DIGITS.test(digits)) return undefined;
  const value = BigInt(digits.replaceAll('_', '').toLowerCase());
  if (value > max) return { why: `The largest is ${max}.` };
  return negative ? max - value : value;
}

/** Nanoseconds since the epoch; a person may leave out the time, and its seconds. */
function moment(text: string): bigint | undefined {
  const { date, time = '00:00', fraction = '0' } = MOMENT.exec(text)!.groups!;
  return momentOf(`${date}T${time.length === 5 ? `${time}:00` : time}.${fraction}Z`);
}
