/**
 * Parameters of a question, each read from its text: nothing is rounded, rolled over to another day, or passed over.
 */
import { invalid, named, TIMESTAMP_MAX } from 'tallystick/internal/model';

/**
 * Throws `invalid_argument` for a parameter that is not among `known`, or is there twice: which one counts is for
 * nobody to guess.
 */
export function checkParameters(query: URLSearchParams, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!known.includes(name)) throw invalid(`there is no parameter ${named(name)} here`);
    if (seen.has(name)) throw invalid(`the parameter ${name} is there twice`);
    seen.add(name);
  }
}

const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Nanoseconds since the epoch, from their decimal text or an RFC 3339 date and time. */
export function timestamp(text: string, name: string): bigint {
  const value = /^\d{1,19}$/.test(text) ? BigInt(text) : moment(text);
  if (value < 0n || value >= TIMESTAMP_MAX) {
    throw invalid(`${name} must be nanoseconds since the epoch, or a date and time such as 2026-01-31T12:00:00Z`);
  }
  return value;
}

/** -1: it is none, or the calendar or the clock does not have it, which `Date.parse` takes for the next day. */
function moment(text: string): bigint {
  const [, second, fraction = '', sign, hours = '0', minutes = '0'] = DATE_TIME.exec(text) ?? [];
  if (second === undefined) return -1n;
  const local = Date.parse(`${second}Z`);
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, second.length) !== second) return -1n;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const milliseconds = local - (sign === '-' ? -offset : offset);
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === 'false' || text === '0') return false;
  if (text === '' || text === 'true' || text === '1') return true;
  throw invalid(`${name} must be true or false`);
}

export function whole(text: string, name: string): number {
  if (!/^\d{1,10}$/.test(text)) throw invalid(`${name} must be a whole number`);
  return Number(text);
}
