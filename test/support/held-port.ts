import type { Cells, RequestPort } from '../../src/model/index.ts';

/** A port that answers, with nothing, when told to. */
export class HeldPort implements RequestPort {
  readonly eventsMax = 8189;
  readonly held: (() => void)[] = [];

  request<T>(
    _operation: number,
    _count: number,
    _write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T> {
    const nothing = new ArrayBuffer(0);
    const cells: Cells = { bytes: new Uint8Array(nothing), u32: new Uint32Array(nothing), view: new DataView(nothing) };
    return new Promise((resolve) => this.held.push(() => resolve(read(cells, 0, 0))));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
