/** A crowd on a thread of its own, so that what it costs to attack delays nobody who is measured. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Column, Urls } from './columns.ts';
import { type Attackers, Crowd, placeOf } from './crowd.ts';
import { rows } from './rows.ts';

interface Task {
  readonly attack: string;
  readonly column: Column;
  readonly urls: Urls;
}

export class Attack {
  readonly #worker: Worker;
  readonly #size: number;

  private constructor(worker: Worker, size: number) {
    this.#worker = worker;
    this.#size = size;
  }

  /** Resolves when the attackers are on their way. */
  static async begin(task: Task): Promise<Attack> {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    const [size] = (await once(worker, 'message')) as [number];
    return new Attack(worker, size);
  }

  /** Ends it; resolves to how many attackers there were at a time, and how many connections they have had. */
  async end(): Promise<{ readonly size: number; readonly arrived: number }> {
    this.#worker.postMessage('end');
    const [arrived] = (await once(this.#worker, 'message')) as [number];
    await this.#worker.terminate();
    return { size: this.#size, arrived };
  }
}

async function attackersOf({ attack, column, urls }: Task): Promise<Attackers> {
  const cell = rows.find((row) => row.attack === attack)!.cells[column];
  if (typeof cell === 'string') throw new Error(cell);
  return typeof cell === 'function' ? cell(urls) : cell;
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const task = workerData as Task;
  const attackers = await attackersOf(task);
  const crowd = new Crowd(placeOf(task.urls[task.column]), attackers);
  port.postMessage(attackers.size);
  port.once('message', () => {
    crowd.end();
    port.postMessage(crowd.arrived);
  });
}
