/**
 * Measures any ledger under the load of `tigerbeetle benchmark`. `names.ts` is a door, too, for those who want names
 * alone.
 */
export { commit, diskBytes, type Machine, machine } from './environment.ts';
export { Latencies, type Percentiles } from './latency.ts';
export { Load } from './load.ts';
export {
  BENCHMARK_LEDGER,
  type BenchmarkOptions,
  DISTRIBUTIONS,
  type Distribution,
  ID_ORDERS,
  type IdOrder,
  type LoadOptions,
} from './names.ts';
export { type Report, report, reportLines, type Surroundings, succeeded } from './report.ts';
export { type Measurement, runBenchmark, type Watcher } from './run.ts';
export { type Pace, runSenders } from './senders.ts';
