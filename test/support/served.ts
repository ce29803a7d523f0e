/** `tallystick serve` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');

/** Those that have not ended: a test that fails, or a file that is done, leaves none of them behind. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export class Served {
  readonly child: ChildProcess;
  /** `tcp://…`, or with a certificate `tcps://…`. */
  readonly address: string;
  readonly port: number;
  /** Of all doors. */
  readonly urls: readonly string[];

  private constructor(child: ChildProcess, address: string, text: string) {
    this.child = child;
    this.urls = /^tallystick serves .* at (.*)$/m.exec(text)?.[1]?.split(' and ') ?? [];
    this.address = address;
    this.port = Number(new URL(address).port);
  }

  /** Resolves when it listens; on any free port unless `port` says which. `isNew` false: the ledger must be there. */
  static async start(
    folder: string,
    options: { port?: number; args?: readonly string[]; isNew?: boolean } = {},
  ): Promise<Served> {
    const { port = 0, isNew = true } = options;
    const create = isNew ? ['--create'] : [];
    const args = [main, 'serve', folder, ...create, '--tcp-port', `${port}`, ...(options.args ?? [])];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    let text = '';
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    return new Promise((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const address = /tcps?:\/\/\S+/.exec(text)?.[0];
        if (address !== undefined && text.endsWith('\n')) resolve(new Served(child, address, text));
      });
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${errors}`)));
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
