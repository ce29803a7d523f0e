/**
 * PostgreSQL from Debian's package: a cluster of its own in a new folder, on a Unix socket, loaded by its own
 * `pgbench`. Durable as by default.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Peer, Work } from './peer.ts';

const VERSIONS = '/usr/lib/postgresql';
const programs = join(import.meta.dirname, '..', '..', '..', 'bench', 'peers', 'programs');

/**
 * Memory as its manual advises for a machine of its own, a log large enough not to checkpoint in the middle; fsync and
 * synchronous_commit stay on.
 */
const SETTINGS = {
  shared_buffers: '4GB',
  effective_cache_size: '12GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  listen_addresses: '',
  max_connections: '100',
} as const;

/** Where its programs are; undefined: it is not installed. */
export function binaries(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const [newest] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  const folder = join(VERSIONS, newest ?? '', 'bin');
  return existsSync(join(folder, 'pgbench')) ? folder : undefined;
}

export const postgres: Peer = {
  name: 'PostgreSQL',
  about:
    'PL/pgSQL transfer() with row locks, two updates and an insert; pgbench over a Unix socket, prepared statements',
  missing: () => (binaries() === undefined ? 'no PostgreSQL server (Debian: postgresql)' : undefined),
  async measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]> {
    const cluster = new Cluster(binaries()!, 'postgres.sql');
    try {
      return work.map((one) => cluster.measure(one, seconds));
    } finally {
      cluster.stop();
    }
  },
};

/** A server in a folder of its own, with what a program of bench/peers/programs has made in it. */
export class Cluster {
  readonly #binaries: string;
  readonly #folder: string;
  readonly #user: { uid: number; gid: number } | Record<string, never>;

  constructor(folder: string, program: string) {
    this.#binaries = folder;
    this.#folder = mkdtempSync(join(process.cwd(), 'peer-postgres-'));
    // A server refuses to run as root.
    this.#user = process.getuid?.() === 0 ? postgresUser() : {};
    if (this.#user.uid !== undefined) chownSync(this.#folder, this.#user.uid, this.#user.gid);
    const data = join(this.#folder, 'data');
    this.#run('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--no-sync');
    const settings = Object.entries(SETTINGS).map(([key, value]) => `${key} = '${value}'`);
    writeFileSync(
      join(data, 'postgresql.auto.conf'),
      `${settings.join('\n')}\nunix_socket_directories = '${this.#folder}'\n`,
    );
    this.#run('pg_ctl', '-D', data, '-w', '-l', join(this.#folder, 'log'), 'start');
    this.#run('psql', ...this.#connection, '-q', '-v', 'ON_ERROR_STOP=1', '-f', join(programs, program));
  }

  get #connection(): readonly string[] {
    return ['-h', this.#folder, '-U', 'postgres'];
  }

  measure({ name, callers, batch }: Work, seconds: number): Figure {
    // An account of its own on the other side: between 1 and 9,999 further on, around the end.
    const pair = batch === 1 ? '' : `, 1 + floor(random() * 10000)::bigint`;
    const script =
      batch === 1
        ? '\\set debit random(1, 10000)\n\\set credit 1 + (:debit + random(0, 9998)) % 10000\n\\set amount ' +
          'random(1, 10000)\nSELECT transfer(gen_random_uuid(), :debit, :credit, :amount, 1);\n'
        : 'SELECT count(transfer(gen_random_uuid(), pair.debit, 1 + (pair.debit + floor(random() * ' +
          `9999)::bigint) % 10000, 1 + floor(random() * 10000)::bigint, 1)) FROM (SELECT 1${pair} FROM ` +
          `generate_series(1, ${batch})) pair (one, debit);\n`;
    const times = this.run(name, script, callers, seconds);
    const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
    return {
      work: name,
      transfers_per_second: Math.round((times.length * batch) / seconds),
      latency_ms: { p50: at(0.5), p99: at(0.99), p100: at(1) },
    };
  }

  /** Milliseconds of each transaction of a script of pgbench, the shortest first. */
  run(name: string, script: string, callers: number, seconds: number): readonly number[] {
    const path = join(this.#folder, `${name}.sql`);
    writeFileSync(path, script);
    const log = join(this.#folder, `${name}.log`);
    const threads = Math.min(callers, 2);
    const args = ['-n', '-M', 'prepared', '-c', `${callers}`, '-j', `${threads}`, '-T', `${seconds}`, '-f', path];
    this.#run('pgbench', ...this.#connection, ...args, '-l', '--log-prefix', log, 'postgres');
    return (
      readdirSync(this.#folder)
        .filter((file) => file.startsWith(`${name}.log`))
        .flatMap((file) => readFileSync(join(this.#folder, file), 'utf8').trim().split('\n'))
        // client, transaction, elapsed us, script, end s, end us
        .map((line) => Number(line.split(' ')[2]) / 1000)
        .sort((a, b) => a - b)
    );
  }

  stop(): void {
    try {
      this.#run('pg_ctl', '-D', join(this.#folder, 'data'), '-m', 'fast', '-w', 'stop');
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #run(program: string, ...args: readonly string[]): void {
    // pg_ctl leaves a server behind that would keep our pipes open.
    execFileSync(join(this.#binaries, program), args, { stdio: 'ignore', cwd: this.#folder, ...this.#user });
  }
}

function postgresUser(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  if (line === undefined) throw new Error('there is no user postgres');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
