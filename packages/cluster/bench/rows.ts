/** What is asked of a cluster, with what it must reach and aims at; and whether it did. */

export type Unit = 'transfers/s' | 'ms' | 's';

export interface Wanted {
  /** How it is called on the command line. */
  readonly name: string;
  readonly row: string;
  readonly unit: Unit;
  readonly must: number;
  readonly aim: number;
}

export interface Row extends Omit<Wanted, 'name'> {
  readonly name: string;
  /** Of several tries the worst. */
  readonly measured: number;
  readonly met: 'aim' | 'must' | 'short';
  /** What else was seen. */
  readonly detail: object;
}

/** TigerBeetle's three replicas, as they were measured on this kind of machine: transfers a second. */
export const TIGERBEETLE_PER_SECOND = 146_000;
/** What a batch of ours must and should reach, in multiples of theirs. */
const MUST = 2;
const AIM = 4;

/** `theirs`: what TigerBeetle's three replicas do beside us, where that was measured. */
export function batches(theirs: number = TIGERBEETLE_PER_SECOND): Wanted {
  return {
    ...{ name: 'batch-8189', row: 'batches of 8189, 3 nodes', unit: 'transfers/s' },
    ...{ must: MUST * theirs, aim: AIM * theirs },
  };
}

const per = 'transfers/s';
export const callers64: Wanted = {
  ...{ name: 'callers-64', row: '64 callers, one transfer each', unit: per, must: 20_000, aim: 60_000 },
};
export const oneCaller: Wanted = { name: 'callers-1', row: 'one caller: p50', unit: 'ms', must: 5, aim: 2.5 };
export const leaderKilled: Wanted = {
  ...{ name: 'leader-killed', row: 'our leader killed: until the next acknowledgement', unit: 's', must: 3, aim: 1 },
};
export const serverKilled: Wanted = {
  ...{ name: 'nats-killed', row: 'the nats-server that leads the stream killed', unit: 's', must: 12, aim: 6 },
};
export const leaderEnded: Wanted = {
  ...{ name: 'leader-ended', row: 'SIGTERM of the leader: longest gap', unit: 's', must: 1, aim: 0.3 },
};
export const wiped: Wanted = {
  ...{ name: 'wiped', row: 'a wiped follower: until it follows again', unit: 's', must: 120, aim: 40 },
};

/** In the order in which they are measured: what a row leaves behind is no burden for the next one. */
export const NAMES: readonly string[] = [
  oneCaller,
  callers64,
  batches(),
  leaderEnded,
  leaderKilled,
  serverKilled,
  wiped,
].map(({ name }) => name);

export function rowOf(wanted: Wanted, measured: number, detail: Row['detail']): Row {
  const isRate = wanted.unit === 'transfers/s';
  const reaches = (bound: number): boolean => (isRate ? measured >= bound : measured <= bound);
  const met = reaches(wanted.aim) ? 'aim' : reaches(wanted.must) ? 'must' : 'short';
  const { name, row, unit, must, aim } = wanted;
  return { name, row, measured, must, aim, unit, met, detail };
}
