/**
 * medici, double entry for Node on mongoose: over MongoDB where somebody has put a `mongod` on PATH, over a stand-in
 * for it elsewhere.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Figure, Peer, Work } from './peer.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'bench', 'peers');
const modules = join(folder, 'node_modules');
const jars = join(modules, 'documents');

const isThere = (program: string, flag: string): boolean => spawnSync(program, [flag]).error === undefined;
let mongod: boolean | undefined;
const hasMongod = (): boolean => (mongod ??= isThere('mongod', '--version'));

const ABOUT =
  'medici 7.4 with mongoose 9, no session; an entry() with a debit and a credit for each transfer of a batch, ' +
  'so that its legs and then its journal are two writes, each synced; it has no idempotency key and keeps no ' +
  'balances';

export const medici: Peer = {
  get name(): string {
    return hasMongod() ? 'medici' : 'medici, a stand-in for MongoDB';
  },
  get about(): string {
    return hasMongod()
      ? `${ABOUT}; mongod, standalone, w=1, journal=true`
      : `${ABOUT}; not over MongoDB, which no package registry has, but over a stand-in for it: ` +
          'mongo-java-server in memory, every write in a file that is synced before the answer';
  },
  missing(): string | undefined {
    if (!existsSync(join(modules, 'medici'))) return 'no medici (bench/peers/setup.sh)';
    if (hasMongod()) return undefined;
    if (!existsSync(jars)) return 'no mongod on PATH and no stand-in for it (bench/peers/setup.sh)';
    return isThere('java', '-version') ? undefined : 'no mongod on PATH and no java for its stand-in';
  },
  async measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const one of work) figures.push(await measureOne(one, seconds));
    return figures;
  },
};

async function measureOne({ name, callers, batch }: Work, seconds: number): Promise<Figure> {
  const data = mkdtempSync(join(process.cwd(), 'peer-medici-'));
  const port = await freePort();
  const server = serve(data, port);
  try {
    const url = `mongodb://127.0.0.1:${port}/${name}?w=1&journal=true`;
    // It waits for the server.
    const args = [join(folder, 'programs', 'medici.mjs'), join(modules, 'any'), url, callers, batch, seconds];
    return { work: name, ...JSON.parse(execFileSync(process.execPath, args.map(String), { encoding: 'utf8' })) };
  } finally {
    if (server.exitCode === null && server.signalCode === null && server.kill()) await once(server, 'exit');
    rmSync(data, { recursive: true, force: true });
  }
}

function serve(data: string, port: number): ChildProcess {
  const [program, ...args] = hasMongod()
    ? ['mongod', '--dbpath', data, '--bind_ip', '127.0.0.1', '--port', `${port}`, '--nounixsocket']
    : ['java', '-cp', join(jars, '*'), join(folder, 'programs', 'Documents.java'), join(data, 'journal'), `${port}`];
  // The stand-in ends with its standard input, however this process ends.
  return spawn(program!, args, { stdio: ['pipe', 'ignore', 'inherit'] });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
