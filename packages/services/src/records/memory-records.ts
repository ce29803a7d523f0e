/** Records in memory, with the semantics of a disk that can crash: what was not flushed is gone. */
import { TallystickError } from 'tallystick/internal/model';
import type { RecordFilter, RecordInput, Records } from './records.ts';

interface Waiting {
  readonly batch: readonly RecordInput[];
  readonly resolve: (there: boolean[]) => void;
  readonly reject: (error: TallystickError) => void;
}

/** For tests and simulations. `crash` is the power cut: appends that were not answered may be there or not. */
export class MemoryRecords implements Records {
  #durable: Map<string, RecordInput>;
  #waiting: Waiting[] = [];
  #over = false;

  constructor(durable: ReadonlyMap<string, RecordInput> = new Map()) {
    this.#durable = new Map(durable);
  }

  append(batch: readonly RecordInput[]): Promise<boolean[]> {
    if (this.#over) return Promise.reject(new TallystickError('closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    for (const { batch, resolve } of this.#waiting.splice(0)) resolve(this.#write(batch));
  }

  #write(batch: readonly RecordInput[]): boolean[] {
    return batch.map((record) => {
      if ((this.#durable.get(record.id)?.version ?? 0) >= record.version) return false;
      this.#durable.set(record.id, record);
      return true;
    });
  }

  get(ids: readonly string[]): Promise<(RecordInput | undefined)[]> {
    return Promise.resolve(ids.map((id) => this.#durable.get(id)));
  }

  open({ tenant, kind, after = '', limit }: RecordFilter): Promise<RecordInput[]> {
    const found = [...this.#durable.values()].filter(
      (record) => record.state === 'open' && record.tenant === tenant && record.kind === kind && record.id > after,
    );
    return Promise.resolve(found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit));
  }

  /** What the disk has after a power cut: of the appends under way the first `written`, each of them whole. */
  crash(written = 0): MemoryRecords {
    this.#over = true;
    const lost = this.#waiting.splice(0);
    for (const { batch } of lost.slice(0, written)) this.#write(batch);
    for (const { reject } of lost) reject(new TallystickError('closed'));
    return new MemoryRecords(this.#durable);
  }

  async close(): Promise<void> {
    this.#flush();
    this.#over = true;
  }
}
