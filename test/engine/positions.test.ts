import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../src/engine/call.ts';
import { Egress } from '../../src/engine/egress.ts';
import { SMALL_SIZES } from '../../src/engine/index.ts';
import { EngineMemory, Word } from '../../src/engine/memory.ts';
import { Sequencer } from '../../src/engine/sequencer.ts';
import { topologyOf } from '../../src/engine/topology.ts';
import { POSITION_FIRST } from '../../src/journal/index.ts';
import { NO_CONTEXT, Operation } from '../../src/model/index.ts';

const ROUND = 2 ** 32;

/** A sequencer and an egress whose journal and machine have always done everything. */
class Rig {
  readonly memory: EngineMemory = EngineMemory.create(SMALL_SIZES);
  readonly egress: Egress = new Egress(this.memory, topologyOf(this.memory.words, true));
  readonly sequencer: Sequencer;
  now = 1n;
  cells = 0;

  constructor() {
    this.sequencer = new Sequencer(
      this.memory,
      this.egress,
      { wall: () => this.now, monotonic: () => 0n },
      POSITION_FIRST,
    );
  }

  /** Sends the largest read until that many cells have gone through the ring; each must be answered at once. */
  readUntil(cells: number): void {
    while (this.cells < cells) {
      let answered = false;
      const call = new Call({
        operation: Operation.get_account_transfers,
        count: 8189,
        write: () => {},
        read: () => {
          answered = true;
        },
        context: NO_CONTEXT,
      });
      call.placed = this.sequencer.place(call.request);
      assert.ok(call.placed, `there is room after ${this.cells} cells`);
      this.egress.add(call);
      this.finish();
      assert.ok(answered, `a read is answered after ${this.cells} cells of reads`);
      this.cells += 8190;
    }
  }

  finish(): void {
    Atomics.store(this.memory.words, Word.executed, this.sequencer.position);
    Atomics.store(this.memory.words, Word.journaled, this.sequencer.position);
    this.egress.release();
  }
}

test('reads are answered however long nobody writes: positions wrap at 2^32 cells', () => {
  new Rig().readUntil(2 * ROUND);
});

test('a pulse is sent when it is due, however long ago the last one was', () => {
  const rig = new Rig();
  const due = new BigInt64Array(rig.memory.memory.buffer, rig.memory.layout.machine.state + 40, 1);
  due[0] = 5n;
  rig.now = 10n;
  assert.ok(rig.sequencer.pulseIfDue(), 'the first one');
  rig.finish();
  due[0] = -1n;
  rig.readUntil(ROUND / 2 + 10_000);
  due[0] = 20n;
  rig.now = 30n;
  assert.ok(rig.sequencer.pulseIfDue(), 'one that comes after 2^31 cells without any');
});
