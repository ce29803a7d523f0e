const UNITS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3, m: 60e3 };

/** Milliseconds from `250us`, `10ms`, `2s`, `1m` or a bare `0`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(us|ms|s|m)?$/.exec(text) ?? [];
  const value = Number(digits) * (unit === undefined ? 1 : UNITS[unit]!);
  return Number.isFinite(value) && (unit !== undefined || value === 0) ? value : undefined;
}

/** The longest that a timer waits, milliseconds; Node would wait 1 instead of more. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;
