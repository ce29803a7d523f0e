/**
 * Parameters of a question, each read from its text: nothing is rounded, rolled over to another day, or passed over.
 */
import { momentOf } from 'tallystick/internal/base';
import { invalid, named, TIMESTAMP_MAX } from 'tallystick/internal/model';

/**
 * Throws `invalid_argument` for a parameter that is not among `known`, or is there twice: which one counts is for
 * nobody to guess.
 */
export function checkParameters(query: URLSearchParams, known: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!known.some((parameter) => parameter.name === name)) throw invalid(`there is no parameter ${named(name)} here`);
    if (seen.has(name)) throw invalid(`the parameter ${name} is there twice`);
    seen.add(name);
  }
}

/** Nanoseconds since the epoch, from their decimal text or an RFC 3339 date and time. */
export function timestamp(text: string, name: string): bigint {
  const value = /^\d{1,19}$/.test(text) ? BigInt(text) : momentOf(text);
  if (value === undefined || value < 0n || value >= TIMESTAMP_MAX) {
    throw invalid(`${name} must be nanoseconds since the epoch, or a date and time such as 2026-01-31T12:00:00Z`);
  }
  return value;
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
