/**
 * A TigerBeetle cluster on this machine, where `TIGERBEETLE_BIN` names the binary: for tests and for measurements. No
 * registry has the binary, so both say that they skip where it is not set. Replicas are formatted and started as its
 * documentation says (operating/deploying, 0.17):
 *
 *   tigerbeetle format --cluster=0 --replica-count=3 --replica=0 0_0.tigerbeetle
 *   tigerbeetle start --addresses=127.0.0.1:3000,127.0.0.1:3001,127.0.0.1:3002 0_0.tigerbeetle
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../src/local/servers.ts';

/** Undefined: nobody has said where it is. */
export const TIGERBEETLE: string | undefined = process.env.TIGERBEETLE_BIN;
export const NO_TIGERBEETLE = 'TIGERBEETLE_BIN does not name a tigerbeetle binary, and no registry has one';

/** Keeps three replicas within a small machine's memory; its default is 1 GiB each. */
const CACHE = '--cache-grid=256MiB';

/** Arguments that make the file of a replica. */
export function formatWords(cluster: bigint, count: number, replica: number, file: string): string[] {
  return ['format', `--cluster=${cluster}`, `--replica-count=${count}`, `--replica=${replica}`, file];
}

/** Arguments that start a replica; it finds its own address by the number in its file. */
export function startWords(addresses: readonly string[], file: string): string[] {
  return ['start', `--addresses=${addresses.join(',')}`, CACHE, file];
}

export class TigerBeetleCluster {
  /** `tigerbeetle://…`, with the cluster's number. */
  readonly address: string;
  readonly #folder: string;
  readonly #replicas: ChildProcess[] = [];

  private constructor(address: string, folder: string) {
    this.address = address;
    this.#folder = folder;
  }

  /** Resolves when the replicas are started; whoever connects waits until they answer. */
  static async start(program: string, count: number, cluster: bigint): Promise<TigerBeetleCluster> {
    // Replicas read and write past the page cache, which not every file system for temporary files can.
    const folder = mkdtempSync(join(process.cwd(), 'tallystick-tigerbeetle-'));
    const addresses = (await freePorts(count)).map((port) => `127.0.0.1:${port}`);
    const started = new TigerBeetleCluster(`tigerbeetle://${addresses.join(',')}?cluster=${cluster}`, folder);
    try {
      const files = addresses.map((_, replica) => join(folder, `${cluster}_${replica}.tigerbeetle`));
      const logs = files.map((file) => openSync(`${file}.log`, 'a'));
      for (const [replica, file] of files.entries()) {
        await run(program, formatWords(cluster, count, replica, file), logs[replica]!);
      }
      for (const [replica, file] of files.entries()) {
        const log = logs[replica]!;
        started.#replicas.push(spawn(program, startWords(addresses, file), { stdio: ['ignore', log, log] }));
      }
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  get pids(): readonly (number | undefined)[] {
    return this.#replicas.map(({ pid }) => pid);
  }

  /** Ends the replicas and removes their files. */
  async stop(): Promise<void> {
    const alive = this.#replicas.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ended = alive.map((replica) => once(replica, 'exit'));
    for (const replica of alive) replica.kill('SIGKILL');
    await Promise.all(ended);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function run(program: string, words: readonly string[], log: number): Promise<void> {
  const child = spawn(program, words, { stdio: ['ignore', log, log] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${code}`);
}
