/** A server of PostgreSQL for tests: a folder of its own, and a socket in it; it listens at no port. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PLACES = '/usr/lib/postgresql';
const newest = existsSync(PLACES) ? readdirSync(PLACES).sort((a, b) => Number(b) - Number(a))[0] : undefined;
const programs = newest === undefined ? undefined : join(PLACES, newest, 'bin');
/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0;

/** Undefined where one can be started. */
export const postgresCannot: string | undefined =
  programs === undefined || !existsSync(join(programs, 'initdb'))
    ? `there is no initdb in ${PLACES} (Debian: postgresql)`
    : isRoot && spawnSync('id', ['postgres']).status !== 0
      ? 'there is no user postgres to run it as'
      : undefined;

export class Postgres {
  readonly #folder: string;
  readonly url: string;

  /** `folder`: absent, or empty. */
  constructor(folder: string) {
    this.#folder = folder;
    this.url = `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    this.#run('initdb', '--pgdata', this.#data, '--username', 'postgres', '--auth', 'trust', '--no-sync');
    this.start();
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  start(): void {
    const options = `-c listen_addresses= -c unix_socket_directories=${this.#folder}`;
    this.#run('pg_ctl', 'start', '--wait', '-D', this.#data, '-l', join(this.#folder, 'log'), '-o', options);
  }

  /** `immediate`: as if it had been killed; the next start recovers. */
  stop(mode: 'fast' | 'immediate'): void {
    this.#run('pg_ctl', 'stop', '--wait', '-D', this.#data, '-m', mode);
  }

  #run(program: string, ...args: string[]): void {
    const words = [join(programs!, program), ...args];
    const [first, ...others] = isRoot
      ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...words]
      : words;
    execFileSync(first!, others, {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: this.#folder,
      env: { PATH: process.env.PATH },
    });
  }
}
