/**
 * Bugs that we plant to see whether the simulator finds them. Each replaces one passage of one file in a copy of what was built; the product has no switch for
 * any of them. A file under `src/` that ends with `.js` is the compiler's output in `dist/`; one of a kernel is AssemblyScript and is compiled again.
 */
export interface Bug {
  readonly name: string;
  /** What is wrong, as a sentence. */
  readonly what: string;
  readonly file: string;
  /** Occurs once in the file. */
  readonly good: string;
  readonly bad: string;
  /** The simulator's world that finds it. */
  readonly world: 'disk' | 'silent' | 'every-step' | 'every-error';
  /** It must be found within so many seeds, from 1 on. */
  readonly seeds: number;
}

export const bugs: readonly Bug[] = [
  {
    name: 'ack-before-sync',
    what: 'a batch is acknowledged when it was written, not when it is on stable storage',
    file: 'src/journal/journal.js',
    good: '{ mode, durable: true, direct:',
    bad: '{ mode, durable: false, direct:',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'fence-unchecked',
    what: 'a writer does not look whether another one has taken over before it writes',
    file: 'src/engine/open.js',
    good: 'checkFence,',
    bad: 'checkFence: () => { },',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'tail-cut-too-early',
    what: 'the torn tail is cut one cell too early',
    file: 'src/journal/recovery.js',
    good: 'const position = byteInSegment(end, segmentCells);',
    bad: 'const position = byteInSegment(end, segmentCells) - 128;',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'expiry-lost',
    what: 'pending transfers that come out of a snapshot never expire',
    file: 'src/machine/kernel/pendings.ts',
    good: 'if (load<u32>(p, P_STATE) == n.KIND_PENDING && expires != 0) pushHeap(expires, load<u64>(p, P_ENTRY), place);',
    bad: 'if (place == 0) pushHeap(expires, load<u64>(p, P_ENTRY), place);',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'rollback-forgets-balance',
    what: 'a chain that is undone leaves the credits that it posted',
    file: 'src/machine/kernel/undo.ts',
    good: 'copy64(a + g.ACCOUNT_DEBITS_PENDING, top + 16);',
    bad: 'memory.copy(a + g.ACCOUNT_DEBITS_PENDING, top + 16, 48);',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'run-index-stale',
    what: "a run's index was made before its last entry",
    file: 'src/projector/run-writer.js',
    good: 'this.#sort(column, count, directory',
    bad: 'this.#sort(column, count - 1, directory',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'cell-unchecked',
    what: 'a stored transfer whose block of the journal does not match its checksum is an answer all the same',
    file: 'src/journal/cell-reader.js',
    good: 'if (!good) {',
    bad: 'if (!good && count < 0) {',
    world: 'disk',
    seeds: 80,
  },
  {
    name: 'filter-false-negative',
    what: "a run's filter does not know its last entry, so a retry of that transfer is taken for a new one",
    file: 'src/projector/run-writer.js',
    good: 'Math.min(from + STEP_ENTRIES, count), count, items);',
    bad: 'Math.min(from + STEP_ENTRIES, count - 1), count, items);',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'snapshot-misses-row',
    what: 'a snapshot misses the last 128 bytes of accounts and of pending transfers',
    file: 'src/machine/image.js',
    good: 'target.set(this.#bytes.subarray(at, at + target.length));',
    bad: 'target.set(this.#bytes.subarray(at, at + target.length - 128));',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'body-unchecked',
    what: 'recovery believes a batch whose header is whole, whatever became of its body',
    file: 'src/journal/walk.js',
    good: 'return bodyChecksum(this.#window, at, cells) === this.#view.getUint32(at + Field.checksumBody, true) ? at : -1;',
    bad: 'return at;',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'found-not-rewritten',
    what: 'a batch whose sync failed is believed because the page cache still shows it',
    file: 'src/journal/recovery.js',
    good: 'if (unproven.from !== undefined)',
    bad: 'if (false)',
    world: 'disk',
    seeds: 200,
  },
  {
    name: 'misplaced-unnoticed',
    what: 'a batch that the disk wrote elsewhere, over others, is taken for a torn tail',
    file: 'src/journal/walk.js',
    good: 'if (claimed !== at + index) {',
    bad: 'if (false) {',
    world: 'silent',
    seeds: 200,
  },
  {
    name: 'witness-unheard',
    what: 'a header that says that a missing batch was durable is not listened to',
    file: 'src/journal/walk.js',
    good: 'if (readNumber(this.#view, offset + Field.durableOp) < missing)',
    bad: 'if (true)',
    world: 'silent',
    seeds: 400,
  },
  {
    name: 'clean-close-forgotten',
    what: 'the superblock does not learn where the journal ended, so damage to its end looks like a torn tail',
    file: 'src/journal/superblock.js',
    good: 'clean: position, open: false',
    bad: 'open: false',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'replies-overlap',
    what: 'two replies that wait at once share bytes, so one caller hears what was meant for another',
    file: 'src/engine/agents.js',
    good: '(this.#replyPosition + Math.ceil(size / 16) * 16) | 0;',
    bad: '(this.#replyPosition + Math.ceil(size / 32) * 16) | 0;',
    world: 'disk',
    seeds: 40,
  },
  {
    name: 'lock-stays',
    what: 'a writer whose disk does nothing any more cannot release its lock and locks its own process out',
    file: 'src/journal/fence.js',
    good: 'abandoned.add(path);',
    bad: '',
    world: 'disk',
    seeds: 200,
  },
  {
    name: 'rows-kept-after-undo',
    what: 'what was read of the newest generation is kept between calls, although a chain that is undone takes it back',
    file: 'src/projector/history.js',
    good: `this.#rows.forget(next);
        this.#changeEvents.forget(next);
        const tail`,
    bad: 'const tail',
    world: 'disk',
    seeds: 200,
  },
  {
    name: 'name-not-settled',
    what: 'recovery does not make durable that a segment which it goes on in is there',
    file: 'src/journal/recovery.js',
    good: '    }\n    storage.syncFolder(folder);',
    bad: '    }',
    world: 'every-step',
    seeds: 2,
  },
  {
    name: 'superblock-believed',
    what: 'a writer believes the copy of the superblock that a killed one has left in the page cache, and writes over the other',
    file: 'src/journal/superblock.js',
    good: 'this.#put(this.#content);',
    bad: '',
    world: 'every-step',
    seeds: 2,
  },
  {
    name: 'draft-stays-open',
    what: 'a ledger that cannot be made leaves a file open',
    file: 'src/journal/superblock.js',
    good: 'finally {\n            draft.close();',
    bad: 'finally {',
    world: 'every-error',
    seeds: 1,
  },
];
