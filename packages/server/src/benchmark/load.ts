/**
 * The load: accounts and transfers made from a seed, as wire cells. Transfers are written by the kernel into a memory
 * of its own:
 *
 *   ┌──────────────┬──────────────────┬──────────────────┬─────────────────┬────────────────────┐
 *   │ unused 64 Ki │ account ids 16 B │ alias slots 12 B │ amounts 4 B * 2^16 │ transfers 128 B * 8189 │
 *   └──────────────┴──────────────────┴──────────────────┴─────────────────┴────────────────────┘
 */
import { assert, compileKernel, instantiateKernel, sharedMemory } from 'tallystick/internal/base';
import { AccountFlags, type AccountInput, Cells, EVENTS_MAX, TRANSFER_SIZE } from 'tallystick/internal/model';
import { exponentialTable, mix32, slotsOf } from './distribution.ts';
import { kernelBase64 } from './kernel.gen.ts';
import type { IdOrder, LoadOptions } from './names.ts';

interface LoadKernel {
  configure(
    seed: bigint,
    accounts: number,
    accountCount: number,
    slots: number,
    amounts: number,
    hotCount: number,
    hotBelow: number,
    pendingBelow: number,
    imported: boolean,
    ledger: number,
  ): void;
  fillAccountIds(order: number): void;
  fillOrdered(at: number, from: bigint, count: number, order: number): void;
  fillCounted(at: number, from: bigint, count: number, high: bigint, low: bigint): void;
  queryAccount(index: bigint): number;
}

const PAGE = 65_536;
const AMOUNT_MEAN = 10_000;
const ACCOUNT_CODE = 1;
const KERNEL_ORDER: Readonly<Record<Exclude<IdOrder, 'tbid'>, number>> = { sequential: 0, reversed: 1, random: 2 };
/** How many ids are taken from one reading of the clock. */
const CLOCK_EVERY = 256;
const U64 = 2n ** 64n;

export class Load {
  readonly options: LoadOptions;
  readonly #cells: Cells;
  readonly #kernel: LoadKernel;
  readonly #accountsAt: number = PAGE;
  readonly #transfersAt: number;
  #milliseconds = 0;
  #idHigh = 0n;
  #idLow = 0n;

  constructor(options: LoadOptions) {
    const { accountCount, accountCountHot, accountDistribution, seed } = options;
    assert(accountCount >= 2);
    assert(accountCountHot <= accountCount);
    this.options = options;

    const slots = slotsOf(accountDistribution, accountCount, seed);
    const amounts = exponentialTable(AMOUNT_MEAN);
    const slotsAt = this.#accountsAt + 16 * accountCount;
    const amountsAt = slotsAt + (slots?.byteLength ?? 0);
    this.#transfersAt = Math.ceil((amountsAt + amounts.byteLength) / 128) * 128;
    const pages = Math.ceil((this.#transfersAt + EVENTS_MAX * TRANSFER_SIZE) / PAGE);
    const memory = sharedMemory(pages);
    this.#cells = Cells.over(memory.buffer);
    if (slots !== undefined) this.#cells.u32.set(slots, slotsAt / 4);
    this.#cells.u32.set(amounts, amountsAt / 4);

    this.#kernel = instantiateKernel<LoadKernel>(compileKernel(kernelBase64), memory);
    const share = (percent: number): number => Math.round((percent / 100) * 2 ** 16);
    this.#kernel.configure(
      BigInt(mix32(seed)) << 32n,
      this.#accountsAt,
      accountCount,
      slots === undefined ? 0 : slotsAt,
      amountsAt,
      accountCountHot,
      share(options.transferHotPercent),
      share(options.pendingPercent),
      options.imported,
      options.ledger,
    );
    this.#makeAccountIds();
  }

  /** Of transfers made last, for those who want objects. */
  get cells(): Cells {
    return this.#cells;
  }

  accountId(index: number): bigint {
    assert(index < this.options.accountCount);
    return this.#u128(this.#accountsAt + 16 * index);
  }

  account(index: number): AccountInput {
    const { history, imported, ledger, seed } = this.options;
    const random = (word: number): bigint => BigInt(mix32(seed ^ mix32(index * 7 + word)));
    return {
      id: this.accountId(index),
      user_data_128: (random(0) << 96n) | (random(1) << 64n) | (random(2) << 32n) | random(3),
      user_data_64: (random(4) << 32n) | random(5),
      user_data_32: Number(random(6)),
      ledger,
      code: ACCOUNT_CODE,
      flags: (history ? AccountFlags.history : 0) | (imported ? AccountFlags.imported : 0),
      timestamp: imported ? BigInt(index + 1) : 0n,
    };
  }

  /** The account that query `index` asks about. */
  queryAccountId(index: number): bigint {
    return this.accountId(this.#kernel.queryAccount(BigInt(index)) >>> 0);
  }

  /**
   * Makes the transfers `from`, `from + 1`, … (at most 8,189), and returns their cells, which stay good until the next
   * call. Except for ids taken from the clock, the same `from` gives the same transfers.
   */
  transfers(from: number, count: number): Uint8Array {
    assert(count <= EVENTS_MAX);
    const { idOrder } = this.options;
    if (idOrder === 'tbid') {
      for (let done = 0; done < count; done += CLOCK_EVERY) {
        const length = Math.min(CLOCK_EVERY, count - done);
        this.#readClock();
        const at = this.#transfersAt + TRANSFER_SIZE * done;
        this.#kernel.fillCounted(at, BigInt(from + done), length, this.#idHigh, this.#idLow);
        this.#takeIds(length);
      }
    } else {
      this.#kernel.fillOrdered(this.#transfersAt, BigInt(from), count, KERNEL_ORDER[idOrder]);
    }
    return this.#cells.bytes.subarray(this.#transfersAt, this.#transfersAt + TRANSFER_SIZE * count);
  }

  #makeAccountIds(): void {
    const { accountCount, idOrder } = this.options;
    if (idOrder !== 'tbid') {
      this.#kernel.fillAccountIds(KERNEL_ORDER[idOrder]);
      return;
    }
    this.#readClock();
    for (let index = 0; index < accountCount; index++) {
      this.#cells.view.setBigUint64(this.#accountsAt + 16 * index, this.#idLow, true);
      this.#cells.view.setBigUint64(this.#accountsAt + 16 * index + 8, this.#idHigh, true);
      this.#takeIds(1);
    }
  }

  /** As `id()` does: 48 bits of milliseconds above 80 random bits, new ones each millisecond. */
  #readClock(): void {
    const now = Date.now();
    if (now <= this.#milliseconds) return;
    this.#milliseconds = now;
    const random = (): number => Math.floor(Math.random() * 2 ** 32);
    this.#idHigh = (BigInt(now) << 16n) | BigInt(random() & 0x7fff); // room to grow for the rest of the millisecond
    this.#idLow = (BigInt(random()) << 32n) | BigInt(random());
  }

  #takeIds(count: number): void {
    this.#idLow += BigInt(count);
    if (this.#idLow < U64) return;
    this.#idLow -= U64;
    this.#idHigh += 1n;
  }

  #u128(at: number): bigint {
    return this.#cells.view.getBigUint64(at, true) | (this.#cells.view.getBigUint64(at + 8, true) << 64n);
  }
}
