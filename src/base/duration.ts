const UNITS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** Milliseconds from `250us`, `10ms`, `2s`, `1m`, `24h` or a bare `0`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)?$/.exec(text) ?? [];
  const value = Number(digits) * (unit === undefined ? 1 : UNITS[unit]!);
  return Number.isFinite(value) && (unit !== undefined || value === 0) ? value : undefined;
}

/** The shortest text that {@link parseDuration} reads as so many milliseconds. */
export function formatDuration(milliseconds: number): string {
  const units = (['h', 'm', 's', 'ms'] as const).map((name) => [name, UNITS[name]!] as const);
  const [name, size] = units.find(([, size]) => milliseconds % size === 0) ?? (['us', UNITS.us!] as const);
  return milliseconds === 0 ? '0' : `${milliseconds / size}${name}`;
}

/** The longest that a timer waits, milliseconds; Node would wait 1 instead of more. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;
