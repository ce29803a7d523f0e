/** The machine's thread while a ledger is opened: it recovers, and tells how far it has come. */

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { assert } from '../base/index.ts';
import { Stop, TallystickError } from '../model/index.ts';
import { AgentThread, type Found, type MachineData, type ThreadData } from './agent-thread.ts';
import { type EngineMemory, endThread, tellToStop, Word } from './memory.ts';
import type { EngineOptions } from './options.ts';
import type { RecoveryTask } from './recover.ts';

const PROGRESS_MS = 100;

export class MachineOnThread {
  readonly machine: AgentThread;
  /** The builder's end of the port between machine and builder. */
  readonly port: MessagePort;
  readonly #memory: EngineMemory;
  /** The machine's own end, as long as the thread waits for its data. */
  #waiting: MessagePort | undefined;

  /**
   * Starts the thread, which loads its files while its data is got together. Throws `engine_failed` when the system
   * refuses it.
   */
  constructor(memory: EngineMemory) {
    const { port1, port2 } = new MessageChannel();
    this.#memory = memory;
    this.#waiting = port1;
    this.port = port2;
    this.machine = new AgentThread('machine', memory);
  }

  /** Lets the thread begin: with a recovery, where there is a folder. */
  begin(data: ThreadData, recovery: RecoveryTask | undefined, reserve = 0): void {
    const port = this.#waiting;
    assert(port !== undefined, 'a thread begins once');
    this.#waiting = undefined;
    const machineData: MachineData = { ...data, port, recovery, reserve };
    this.machine.begin(machineData, [port]);
  }

  /** Waits for recovery. Throws recovery's error, or `closed` if the signal ended it. */
  async recovered({ recovering, signal }: Pick<EngineOptions, 'recovering' | 'signal'>): Promise<Found> {
    const { words, counters } = this.#memory;
    const tell = (): void => {
      const beats = Atomics.load(words, Word.machineBeats);
      recovering?.({ ...counters.recovery.progress, threads: [{ name: 'machine', beats }] });
    };
    const stop = (): void => tellToStop(words, Stop.now);
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    const telling = recovering === undefined ? undefined : setInterval(tell, PROGRESS_MS);
    try {
      tell();
      const found = await this.machine.ready;
      tell();
      if (signal?.aborted === true) throw new TallystickError('closed', 'opening was aborted');
      assert(found !== undefined, 'a thread that was given a folder has recovered it');
      return found;
    } finally {
      clearInterval(telling);
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Ends the thread, which is not needed any more. Resolves when its files are closed. */
  async abandon(): Promise<void> {
    tellToStop(this.#memory.words, Stop.now);
    // There is no builder to wait for.
    endThread(this.#memory.words, 'builder');
    this.port.close();
    if (this.#waiting !== undefined) {
      this.#waiting.close();
      this.machine.terminate();
    }
    await this.machine.ended;
  }
}
