/** Three nats-servers on this machine, as a cluster needs them: for trying it out, and for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** The program on PATH, or where `NATS_SERVER` says; undefined: there is none. */
export function findServer(): string | undefined {
  const named = process.env.NATS_SERVER;
  const places = named !== undefined ? [named] : pathsOf('nats-server');
  return places.find(isProgram);
}

function pathsOf(program: string): string[] {
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Ports of this machine that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.on('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export interface ServerOptions {
  /** The program. */
  readonly program: string;
  /** Each server has a folder of its own in it, and a log. */
  readonly folder: string;
  /** `jetstream { … }` of their configuration, besides the folder; by default what a ledger needs. */
  readonly jetstream?: string;
  /** `cluster { … }` of their configuration, besides the routes. */
  readonly cluster?: string;
  /** More of their configuration. */
  readonly more?: string;
  /** Three for each: for clients, for monitoring, for one another; by default free ones. */
  readonly ports?: readonly number[];
  /** In a process group of their own: Ctrl-C in a terminal reaches only the process that has started them. */
  readonly detached?: boolean;
}

/** One nats-server. */
export class NatsServer {
  readonly name: string;
  readonly url: string;
  /** Where it says how it is. */
  readonly monitor: string;
  readonly #options: ServerOptions;
  readonly #configuration: string;
  #process: ChildProcess | undefined;

  constructor(name: string, port: number, monitor: number, routes: readonly number[], options: ServerOptions) {
    this.name = name;
    this.url = `nats://127.0.0.1:${port}`;
    this.monitor = `http://127.0.0.1:${monitor}`;
    this.#options = options;
    this.#configuration = join(options.folder, `${name}.conf`);
    const [own, ...others] = routes;
    const cluster =
      others.length === 0
        ? ''
        : `cluster { name: tallystick, listen: "127.0.0.1:${own}", routes: [${others
            .map((route) => `"nats-route://127.0.0.1:${route}"`)
            .join(', ')}], ${options.cluster ?? ''} }`;
    mkdirSync(options.folder, { recursive: true });
    writeFileSync(
      this.#configuration,
      `server_name: ${name}
listen: "127.0.0.1:${port}"
http: "127.0.0.1:${monitor}"
jetstream { store_dir: "${join(options.folder, name)}", ${options.jetstream ?? 'sync_interval: always'} }
${cluster}
${options.more ?? ''}
`,
    );
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    const log = openSync(join(this.#options.folder, `${this.name}.log`), 'a');
    const { program, detached = false } = this.#options;
    this.#process = spawn(program, ['-c', this.#configuration], { stdio: ['ignore', log, log], detached });
    closeSync(log);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Resolves to how it has ended. */
  get ended(): Promise<string> {
    return endOf(this.#process);
  }

  /** Resolves when it has ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    server?.kill(signal);
    await endOf(server);
  }
}

/** Resolves to the exit code or the signal. */
export function endOf(child: ChildProcess | undefined): Promise<string> {
  return new Promise((resolve) => {
    if (child === undefined) resolve('it does not run');
    else if (child.exitCode !== null || child.signalCode !== null) resolve(`${child.signalCode ?? child.exitCode}`);
    else child.once('exit', (code, signal) => resolve(`${signal ?? code}`));
  });
}

/** `count` servers that know each other; not started. */
export async function prepareServers(count: number, options: ServerOptions): Promise<NatsServer[]> {
  const ports = options.ports ?? (await freePorts(3 * count));
  const routes = ports.slice(2 * count);
  return routes.map((own, index) => {
    const others = routes.filter((route) => route !== own);
    return new NatsServer(`nats-${index}`, ports[index]!, ports[count + index]!, [own, ...others], options);
  });
}
