/** Turns words of the command line into values, and refuses the ones that mean nothing, naming what would. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from 'tallystick/internal/base';
import { type Pin, parsePin } from 'tallystick/internal/model';

/**
 * A whole number between `min` and `max`; `_` and `,` may group digits, and `k`, `M`, `G` stand for thousands,
 * millions, billions.
 */
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

/** A duration in milliseconds from `250us`, `10ms`, `2s`, `1m` or a bare `0`. */
export function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new InvalidArgumentError('Give a duration such as 250us, 10ms, 2s or 1m.');
  return value;
}

/** What a client holds a server to. */
export function pin(text: string): Pin {
  try {
    return parsePin(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
