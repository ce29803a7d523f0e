/** How sealed generations become runs, and images snapshots, in an engine that does everything on one thread. */
import { CellReader, type Position, positionAfter, SnapshotWriter } from '../journal/index.ts';
import type { Storage } from '../platform/index.ts';
import { finish, type HistoryLayout, RunBuilder } from '../projector/index.ts';
import type { Builds, Executor } from './executor.ts';
import type { EngineMemory } from './memory.ts';

/** Folders of a ledger. */
export const Folders = { journal: 'journal', runs: 'runs', snapshots: 'snapshots' } as const;

/** What a snapshot is made of; the bytes are copies. */
export interface Image {
  /** Cell of the header of the last batch in it. */
  readonly cell: number;
  readonly state: Uint8Array;
  readonly accounts: Uint8Array;
  readonly pendings: Uint8Array;
}

/** Copies what a snapshot needs. Accounts and pendings are as they are behind the last executed batch. */
export function takeImage(executor: Executor): Image {
  const image = executor.machine.image();
  return {
    cell: executor.cell,
    state: image.state.slice(),
    accounts: image.accounts.slice(),
    pendings: image.pendings.slice(),
  };
}

/** Writes a snapshot of an image whose last batch is durable. Steps of 1 MiB. */
export function* writeSnapshot(
  storage: Storage,
  folder: string,
  ledgerId: bigint,
  image: Image,
): Generator<void, void> {
  const position = positionOf(storage, folder, image.cell);
  const sections = [
    { name: 'state', bytes: image.state },
    { name: 'accounts', bytes: image.accounts },
    { name: 'pendings', bytes: image.pendings },
  ];
  storage.makeFolder(`${folder}/${Folders.snapshots}`);
  const writer = new SnapshotWriter(
    storage,
    `${folder}/${Folders.snapshots}`,
    { ledgerId, position, meta: '' },
    sections,
  );
  while (writer.step()) yield;
}

/** The position behind the durable batch whose header is cell `cell`. */
function positionOf(storage: Storage, folder: string, cell: number): Position {
  const reader = new CellReader(storage, `${folder}/${Folders.journal}`);
  const header = new Uint8Array(128);
  reader.readCells(cell, 1, header, 0);
  reader.close();
  return positionAfter(new DataView(header.buffer), 0);
}

/** Builds on the spot: the batch that fills a generation pays for it. */
export class InlineBuilds implements Builds {
  readonly #builder: RunBuilder;
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #ledgerId: bigint;
  readonly #snapshots: boolean;

  /** `snapshots`: false when there is no journal to replay behind them. */
  constructor(memory: EngineMemory, storage: Storage, folder: string, ledgerId: bigint, snapshots: boolean) {
    const layout: HistoryLayout = { ...memory.layout.history, rowsFirst: 0 };
    this.#storage = storage;
    this.#folder = folder;
    this.#ledgerId = ledgerId;
    this.#snapshots = snapshots;
    storage.makeFolder(`${folder}/${Folders.runs}`);
    this.#builder = new RunBuilder(storage, `${folder}/${Folders.runs}`, memory.memory, layout, ledgerId);
  }

  sealed(generation: number, executor: Executor): void {
    executor.publishRun(finish(this.#builder.build(generation, executor.history.runs.length)));
    if (this.#snapshots) finish(writeSnapshot(this.#storage, this.#folder, this.#ledgerId, takeImage(executor)));
  }

  publish(): void {
    // Everything is published as it is sealed.
  }
}
