/** `tallystick serve` with all its doors, in a process of its own, and who comes to them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from '../../src/client/index.ts';
import { type Ledger, ObjectLedger, TallystickError } from '../../src/model/index.ts';
import { type Access, HttpPeer, httpPort, messagePackPort } from './door-clients.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');

export const doorNames = ['native', 'grpc', 'http', 'msgpack'] as const;
export type DoorName = (typeof doorNames)[number];

export class ServedDoors {
  readonly child: ChildProcess;
  /** Where each listens, the metrics port too; empty for the socket's file if none was asked for. */
  readonly urls: Readonly<Record<DoorName | 'metrics' | 'unix', string>>;
  /** What it has logged. */
  readonly log: () => string;

  private constructor(child: ChildProcess, urls: ServedDoors['urls'], log: () => string) {
    this.child = child;
    this.urls = urls;
    this.log = log;
  }

  /** Resolves when all are open; rejects, with what it said, when it ends instead. */
  static start(
    folder: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServedDoors> {
    const ports = ['tcp', 'grpc', 'http', 'msgpack', 'metrics'].flatMap((door) => [`--${door}-port`, '0']);
    const child = spawn(process.execPath, [main, 'serve', folder, '--create', ...ports, ...args], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
    return new Promise((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (!text.endsWith('\n')) return;
        const [native, grpc, msgpack, http, unix = ''] = / at (.*)\n/.exec(text)![1]!.split(' and ') as [
          string,
          string,
          string,
          string,
          string?,
        ];
        const metrics = /"port":(\d+),"msg":"metrics"/.exec(log)![1]!;
        const scheme = http.startsWith('https') ? 'https' : 'http';
        const urls = { native, grpc, msgpack, http, unix, metrics: `${scheme}://127.0.0.1:${metrics}` };
        resolve(new ServedDoors(child, urls, () => log));
      });
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${log}`)));
    });
  }

  /** Sends the signal, unless it has ended, and resolves to its exit code when it has. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    await once(child, 'exit');
    return child.exitCode;
  }
}

/** A ledger through a door. Nothing is sent before its first call but what the door wants first. */
export async function enter(door: DoorName, url: string, access: Access = {}): Promise<Ledger> {
  const { token, tls } = access;
  switch (door) {
    case 'native':
    case 'grpc':
      return connect(url, {
        ...(token === undefined ? {} : { token }),
        ...(tls === undefined ? {} : { tls }),
        reconnectTimeoutMs: 500,
      });
    case 'http':
      return new ObjectLedger(httpPort(url, access, 1));
    case 'msgpack':
      return new ObjectLedger(await messagePackPort(url, access));
  }
}

/** `ok`, or the code of the error. */
export async function outcome(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return 'ok';
  } catch (error) {
    if (error instanceof TallystickError) return error.code;
    throw error;
  }
}

/** How a door takes somebody who reads, and then writes. */
export async function welcome(
  door: DoorName,
  url: string,
  access: Access,
  id: bigint,
): Promise<[read: string, write: string]> {
  let ledger: Ledger | undefined;
  const entered = await outcome(async () => {
    ledger = await enter(door, url, access);
  });
  if (ledger === undefined) return [entered, entered];
  const read = await outcome(() => ledger!.lookupAccounts([1n]));
  const write = await outcome(() => ledger!.createAccounts([{ id, ledger: 1, code: 1 }]));
  await ledger.close();
  return [read, write];
}

/** The status with which the metrics port answers. */
export async function scraped(url: string, access: Access, path = '/metrics'): Promise<number | string> {
  const peer = new HttpPeer(url, access);
  try {
    return (await peer.ask(path)).status;
  } catch (error) {
    return (error as TallystickError).code;
  } finally {
    peer.close();
  }
}
