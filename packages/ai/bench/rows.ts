/** A row of the table of figures that this package promises. */
export interface Row {
  readonly row: string;
  /** Null: this machine could not measure it; `why` says what is missing. */
  readonly measured: number | null;
  readonly must: number;
  readonly aim: number;
  readonly unit: string;
  readonly met: 'aim' | 'must' | 'short' | null;
  readonly why?: string;
}

/** `better`: which way the figure gets better. */
export function rowOf(
  row: string,
  measured: number,
  { must, aim, unit, better }: { must: number; aim: number; unit: string; better: 'less' | 'more' },
): Row {
  const reaches = (bar: number): boolean => (better === 'less' ? measured <= bar : measured >= bar);
  const rounded = Number(measured.toPrecision(3));
  return { row, measured: rounded, must, aim, unit, met: reaches(aim) ? 'aim' : reaches(must) ? 'must' : 'short' };
}

export function missing(
  row: string,
  why: string,
  { must, aim, unit }: { must: number; aim: number; unit: string },
): Row {
  return { row, measured: null, must, aim, unit, met: null, why };
}

/** Microseconds of CPU that this process has taken, all its threads. */
export const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!;
}
