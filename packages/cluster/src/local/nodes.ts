/** Nodes of a cluster as processes of this machine: for trying it out, and for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endOf } from './servers.ts';

/** The command line, beside this package in a checkout. */
export const MAIN: string = fileURLToPath(new URL('../../../server/src/cli/main.js', import.meta.url));

export interface NodeProcessOptions {
  /** Each node has a folder of its own in it, and a log. */
  readonly folder: string;
  readonly servers: readonly string[];
  readonly monitors: readonly string[];
  readonly cluster: bigint;
  /** The native doors' ports of all nodes, in the order of their numbers. */
  readonly ports: readonly number[];
  /** The script of the command line; by default the one of this checkout. */
  readonly main?: string;
  /** Flags of `serve`, behind all others; by default doors but the native one are closed. */
  readonly flags?: readonly string[];
  /** Of Node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  /** In a process group of its own. */
  readonly detached?: boolean;
}

export class NodeProcess {
  readonly node: number;
  /** Its native door. */
  readonly address: string;
  /** Its ledger. */
  readonly folder: string;
  readonly log: string;
  readonly #options: NodeProcessOptions;
  #process: ChildProcess | undefined;

  constructor(node: number, options: NodeProcessOptions) {
    this.node = node;
    this.address = `tcp://127.0.0.1:${options.ports[node]}`;
    this.folder = join(options.folder, `node-${node}`);
    this.log = join(options.folder, `node-${node}.log`);
    this.#options = options;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Resolves when it serves; rejects when it ends before. */
  async start(): Promise<void> {
    const { servers, monitors, cluster, ports, main = MAIN, flags: more = [] } = this.#options;
    const { nodeFlags = [], detached = false } = this.#options;
    const ips = ports.map((port) => `127.0.0.1:${port}`).join(',');
    const closed = ['--grpc-port', '--msgpack-port', '--http-port', '--metrics-port'].flatMap((flag) => [flag, 'off']);
    const log = openSync(this.log, 'a');
    const flags = ['--create', '--cluster-id', String(cluster), '--cluster-ips', ips, '--node-id', String(this.node)];
    flags.push('--cluster', servers.join(','), '--cluster-monitors', monitors.join(','));
    const child = spawn(
      process.execPath,
      [...nodeFlags, main, 'serve', this.folder, ...flags, '--tcp-port', String(ports[this.node]), ...closed, ...more],
      { stdio: ['ignore', 'pipe', log], detached },
    );
    closeSync(log);
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout!.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`node ${this.node} ended with ${code}; see ${this.log}`)));
    });
  }

  /** Resolves to how it has ended. */
  get ended(): Promise<string> {
    return endOf(this.#process);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Resolves when it has ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.kill(signal);
    await this.ended;
  }
}
