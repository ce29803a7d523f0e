/** Turns words of the command line into values, and refuses the ones that mean nothing, naming what would. */
import { InvalidArgumentError } from 'commander';

/** A whole number between `min` and `max`; `_` and `,` may group digits, and `k`, `M`, `G` stand for thousands, millions, billions. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const found = /^(\d+)([kMG]?)$/.exec(text.replaceAll(/(?<=\d)[_,](?=\d)/g, ''));
    const value = found === null ? Number.NaN : Number(found[1]) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[found[2] as ''];
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(
        max === Number.MAX_SAFE_INTEGER
          ? `Give a whole number of at least ${min}.`
          : `Give a whole number from ${min} to ${max}.`,
      );
    }
    return value;
  };
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3, m: 60e3 };

/** A duration in milliseconds from `250us`, `10ms`, `2s`, `1m` or a bare `0`. */
export function duration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(us|ms|s|m)?$/.exec(text);
  const unit = found?.[2] === undefined ? (Number(found?.[1]) === 0 ? 0 : Number.NaN) : UNITS[found[2]]!;
  const value = Number(found?.[1]) * unit;
  if (!Number.isFinite(value)) throw new InvalidArgumentError('Give a duration such as 250us, 10ms, 2s or 1m.');
  return value;
}

/** A cluster's id, u128, in decimal or hex. */
export function clusterId(text: string): bigint {
  const value = /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >= 1n << 128n) throw new InvalidArgumentError('Give a whole number below 2^128.');
  return value;
}
