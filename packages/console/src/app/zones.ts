/** Days and times of a person's zone, as the nanoseconds that the ledger counts in. */

const NANOSECONDS = 1_000_000n;

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(milliseconds: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(milliseconds);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)!.value);
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(milliseconds / 1000) * 1000;
}

/** The moment at which clocks of a zone show a date and time; twice where they are set back: the first. */
function momentAt(shown: number, zone: string): number {
  const guess = shown - offsetAt(shown, zone);
  return shown - offsetAt(guess, zone);
}

/** The first and the last nanosecond of a day, `2026-01-31`; undefined: it is none. */
export function dayBounds(text: string, zone: string): { readonly min: string; readonly max: string } | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const begins = Date.UTC(year, month - 1, day);
  if (new Date(begins).getUTCDate() !== day || begins < 0) return undefined;
  const min = BigInt(momentAt(begins, zone)) * NANOSECONDS;
  const max = BigInt(momentAt(Date.UTC(year, month - 1, day + 1), zone)) * NANOSECONDS - 1n;
  return { min: String(min), max: String(max) };
}

/**
 * The nanoseconds of what a field for date and time says, `2026-01-31T12:00`, in a zone; `end`: the last of its minute
 * or second. Undefined: it is none.
 */
export function momentOf(text: string, zone: string, end: boolean = false): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, day, minute, second] = match;
  const shown = Date.parse(`${day}T${minute}${second ?? ':00'}Z`);
  if (Number.isNaN(shown)) return undefined;
  const from = BigInt(momentAt(shown, zone)) * NANOSECONDS;
  const length = (second === undefined ? 60_000n : 1000n) * NANOSECONDS;
  return String(end ? from + length - 1n : from);
}
