/**
 * What goes wrong below a server, on demand: a disk that does not answer, one that is full for derived files, a thread
 * that ends without a word. Linux.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Loaded before everything else, in every thread. */
const PRELOAD = `
const fs = require('node:fs');
const threads = require('node:worker_threads');
const folder = process.env.SABOTAGE;
const wanted = (what) => { try { fs.accessSync(folder + '/' + what); return true; } catch { return false; } };
if (!threads.isMainThread) {
  for (const name of ['writeSync', 'writevSync']) {
    const write = fs[name];
    fs[name] = (descriptor, ...rest) => {
      const path = fs.readlinkSync('/proc/self/fd/' + descriptor);
      if (path.endsWith('.seg') && wanted('hang')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      if (path.includes('.run') && wanted('full')) {
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      }
      return write(descriptor, ...rest);
    };
  }
} else {
  const all = [];
  threads.Worker = class extends threads.Worker { constructor(...given) { super(...given); all.push(this); } };
  process.on('SIGUSR2', () => all[Number(fs.readFileSync(folder + '/end', 'utf8'))].terminate());
}
require('node:module').syncBuiltinESMExports();
`;

export class Sabotage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'preload.cjs'), PRELOAD);
  }

  get environment(): Readonly<Record<string, string>> {
    return { SABOTAGE: this.#folder, NODE_OPTIONS: `--require ${join(this.#folder, 'preload.cjs')}` };
  }

  /** `hang`: writes to the journal do not return. `full`: runs find no room. */
  begin(what: 'hang' | 'full'): void {
    writeFileSync(join(this.#folder, what), '');
  }

  end(what: 'hang' | 'full'): void {
    rmSync(join(this.#folder, what));
  }

  /** At the next SIGUSR2 that thread ends: 0 the journal's, 1 the machine's, 2 the builder's. */
  aim(thread: number): void {
    writeFileSync(join(this.#folder, 'end'), String(thread));
  }
}
