/**
 * `npm run bench -- doors`: what each door lets through, one after the other in one sitting; server and client share
 * this machine's cores.
 *
 *   npm run bench -- doors            all of them
 *   npm run bench -- doors native     only those whose name begins so
 *   npm run bench -- doors --quick    a tenth of the transfers, to see that everything works
 *
 * Writes bench/results/doors/<date>-<commit>.json with the machine. A door's own program stands in bench/doors/.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { packageRoot } from '../src/platform/index.ts';
import { grpcCases, measureGrpc } from './doors/grpc.ts';
import { measureHttp } from './doors/http.ts';
import { measureLocal } from './doors/local.ts';
import { measureMessagePack } from './doors/msgpack.ts';
import { measureNative, nativeCases } from './doors/native.ts';

/** Transfers a second. */
interface Promised {
  readonly must: number;
  readonly aim: number;
}

const promised: { readonly [name: string]: Promised } = {
  'native/batch-8189': { must: 500_000, aim: 1_000_000 },
  'native/rejected': { must: 1_000_000, aim: 1_560_000 },
  'local/batch-100': { must: 700_000, aim: 1_200_000 },
  'grpc/packed-1000': { must: 200_000, aim: 400_000 },
  'grpc/single': { must: 20_000, aim: 50_000 },
  'msgpack/single': { must: 50_000, aim: 120_000 },
  'http/batch-100': { must: 50_000, aim: 100_000 },
};

interface Figure {
  readonly transfers_per_second: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

interface Measurement {
  readonly name: string;
  /** `share` of the transfers that a full run takes. */
  readonly measure: (share: number) => Promise<Figure>;
}

/** Every door has its lines here. */
const measurements: readonly Measurement[] = [
  ...nativeCases.map((run) => ({
    name: `native/${run.name}`,
    measure: (share: number) => measureNative({ ...run, transfers: run.transfers * share }),
  })),
  { name: 'local/batch-100', measure: (share: number) => measureLocal(3_000_000 * share) },
  ...grpcCases.map((run) => ({
    name: `grpc/${run.name}`,
    measure: (share: number) => measureGrpc({ ...run, transfers: run.transfers * share }),
  })),
  { name: 'msgpack/single', measure: (share: number) => measureMessagePack(1_000_000 * share) },
  { name: 'http/batch-100', measure: (share: number) => measureHttp(1_000_000 * share) },
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' } } });
const chosen = measurements.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.startsWith(part)),
);
const [loadBefore] = loadavg();
const figures: (Figure & { readonly name: string })[] = [];
for (const { name, measure } of chosen) {
  figures.push({ ...(await measure(values.quick === true ? 0.1 : 1)), name });
  console.error(`${name}: ${figures.at(-1)!.transfers_per_second.toLocaleString('en-US')}/s`);
}

const thousands = (value: number | undefined): string => (value === undefined ? '' : `${Math.round(value / 1000)} k/s`);
console.log(
  table(
    [
      { title: 'door', align: 'left' },
      { title: 'must', align: 'right' },
      { title: 'aim', align: 'right' },
      { title: 'measured', align: 'right' },
      { title: 'p50', align: 'right' },
      { title: 'p99', align: 'right' },
    ],
    figures.map(({ name, transfers_per_second, latency_ms }) => [
      name,
      thousands(promised[name]?.must),
      thousands(promised[name]?.aim),
      thousands(transfers_per_second),
      `${latency_ms.p50} ms`,
      `${latency_ms.p99} ms`,
    ]),
  ),
);
if (values.quick !== true) {
  const folder = join(packageRoot, 'bench', 'results', 'doors');
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const path = join(folder, `${date}-${commit()}.json`);
  const record = { date, commit: commit(), load_before: loadBefore, machine: machine(), figures };
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  console.log(path);
  if (figures.some(({ name, transfers_per_second: found }) => found < (promised[name]?.must ?? 0)))
    process.exitCode = 1;
}
