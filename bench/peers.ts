/**
 * `npm run bench -- peers`: the same work for Tallystick and for what people would use instead, one after the other in
 * one sitting.
 *
 *   bench/peers/setup.sh                    installs the others (PostgreSQL, SQLite, medici, Disruptor, Aeron)
 *   npm run bench -- peers                  all of them; what is not installed is skipped, by name
 *   npm run bench -- peers SQLite           only those whose name begins so
 *   npm run bench -- peers --seconds 1      shorter
 *
 * Writes bench/results/peers/<date>-<commit>.json; `docs/benchmarks.md` is printed from the newest.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { packageRoot } from '../src/platform/index.ts';
import { medici } from './peers/medici.ts';
import { type Figure, type Peer, type Work, works } from './peers/peer.ts';
import { postgres } from './peers/postgres.ts';
import { measureTransports, type Transport } from './peers/rings.ts';
import { sqlite } from './peers/sqlite.ts';
import { embedded, served } from './peers/tallystick.ts';
import { tigerbeetle } from './peers/tigerbeetle.ts';

/** What `npm run bench -- peers` writes. */
export interface PeersRecord {
  readonly date: string;
  readonly commit: string;
  readonly command: string;
  readonly load_before: number;
  readonly machine: ReturnType<typeof machine>;
  readonly works: readonly Pick<Work, 'name' | 'about'>[];
  readonly peers: readonly { name: string; about: string; missing: string | null; figures: readonly Figure[] }[];
  readonly transports: readonly Transport[];
}

const peers: readonly Peer[] = [embedded, served, postgres, sqlite, medici, tigerbeetle];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '5' } },
});
const chosen = (name: string): boolean =>
  positionals.length === 0 || positionals.some((part) => name.toLowerCase().startsWith(part.toLowerCase()));

const [loadBefore] = loadavg() as [number, number, number];
const measured: PeersRecord['peers'][number][] = [];
for (const { name, about, missing, measure } of peers.filter((peer) => chosen(peer.name))) {
  const reason = missing();
  console.error(reason === undefined ? `${name} …` : `${name}: skipped, ${reason}`);
  const figures = reason === undefined ? await measure(works, Number(values.seconds)) : [];
  measured.push({ name, about, missing: reason ?? null, figures });
}
const transports = measureTransports((name) => chosen(name));

const rate = (value: number | undefined): string => (value === undefined ? '' : value.toLocaleString('en-US'));
console.log(
  table(
    [
      { title: 'transfers a second', align: 'left' },
      ...works.map(({ about }) => ({ title: about, align: 'right' as const })),
    ],
    measured.map(({ name, figures }) => [
      name,
      ...works.map((work) => rate(figures.find((figure) => figure.work === work.name)?.transfers_per_second)),
    ]),
  ),
);
console.log(
  table(
    [
      { title: 'between two threads or processes, no ledger', align: 'left' },
      { title: 'figure', align: 'left' },
      { title: '', align: 'right' },
    ],
    transports.flatMap(({ name, figures }) =>
      Object.entries(figures).map(([figure, value]) => [name, figure, rate(value)]),
    ),
  ),
);
if (positionals.length === 0) {
  const folder = join(packageRoot, 'bench', 'results', 'peers');
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const path = join(folder, `${date}-${commit()}.json`);
  const record: PeersRecord = {
    date,
    commit: commit(),
    command: `npm run bench -- peers --seconds ${values.seconds}`,
    load_before: loadBefore,
    machine: machine(),
    works: works.map(({ name, about }) => ({ name, about })),
    peers: measured,
    transports,
  };
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  console.log(path);
}
