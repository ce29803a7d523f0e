/**
 * The power goes, over and over: real processes write on a disk that forgets what nobody synced
 * ([docs/reliability.md](../docs/reliability.md#power-cuts)). Whatever they had acknowledged must be there when the
 * power is back.
 *
 * First the disk stops answering, in the middle of a change or between two, then the process is killed: what it said
 * before is what it was told to be true, also if it is read later.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory, Wrong } from './memory.ts';
import { PoweredDisk, possibleDisks } from './power/powered-disk.ts';
import type { Fates, Mood } from './power/volatile-bytes.ts';
import { type EmbedOptions, embed, type Holder } from './processes.ts';
import { Tally } from './tally.ts';

export interface PowerCutOptions {
  readonly folder: string;
  readonly cuts: number;
  readonly seed: number;
  /** Cuts that one ledger lives through. */
  readonly cutsALedger: number;
  readonly progress?: (done: number, tally: Tally) => void;
  /** Only disks of this name. */
  readonly disk?: string;
  /** The program that has the ledger, where it is another build's. */
  readonly program?: string;
}

/** Share of cuts that fall while a ledger is opened. */
const EARLY = 0.2;
/**
 * Share of the others before which a process was killed, and another one went on with what that had left in the page
 * cache.
 */
const KILLED_BEFORE = 0.2;
/**
 * Changes of the disk until the power goes, where they are counted: opening makes 10 to 30, load some 60 in 100 ms.
 */
const CHANGES_MAX = 80;
/** Milliseconds until it goes, where time is counted. */
const LOAD_MAX_MS = 100;
const OPEN_MAX_MS = 400;
/** Where changes are counted and do not come. */
const LOAD_PATIENCE_MS = 300;

/** Counts of the cuts so far. */
interface Counts {
  early: number;
  readonly fates: Fates;
}

export async function powerCuts(options: PowerCutOptions): Promise<Tally> {
  const tally = new Tally('power cut');
  const random = new Random(options.seed);
  const { kinds: possible, missing } = await possibleDisks(options.folder);
  const kinds = possible.filter(({ name }) => name === (options.disk ?? name));
  const counts: Counts = { early: 0, fates: { kept: 0, lost: 0, torn: 0 } };
  const cutsOf = new Map<string, number>();
  for (let ledger = 0; kinds.length > 0 && tally.injected < options.cuts && tally.findings.length === 0; ledger++) {
    // Half of them where nobody is kind, the others on a real file system.
    const kind = ledger % 2 === 0 ? kinds.at(-1)! : kinds[(ledger >> 1) % kinds.length]!;
    const before = tally.injected;
    const disk = await PoweredDisk.make(join(options.folder, `powered-${ledger}`), kind);
    try {
      await ledgerOn(disk, Math.min(options.cutsALedger, options.cuts - before), options, tally, random, counts);
    } catch (error) {
      const { code, stack } = error as Error & { code?: string };
      tally.err(`${kind.name}: ${code === undefined ? '' : `${code} `}${stack ?? String(error)}`);
    } finally {
      await disk.remove();
    }
    cutsOf.set(kind.name, (cutsOf.get(kind.name) ?? 0) + tally.injected - before);
  }
  tally.how = howOf(cutsOf, counts, missing);
  return tally;
}

function howOf(cutsOf: ReadonlyMap<string, number>, { early, fates }: Counts, missing: readonly string[]): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const done = [...cutsOf].map(([name, cuts]) => `${name} ${number(cuts)}`);
  const { lost, torn, kept } = fates;
  const changes = `of changes on their way ${number(lost)} were lost, ${number(torn)} torn, ${number(kept)} kept`;
  if (done.length === 0) return `not done: ${missing.join('; ')}`;
  return [done.join(', '), `${number(early)} while it was opened`, changes, ...missing].join('; ');
}

async function ledgerOn(
  disk: PoweredDisk,
  cuts: number,
  options: PowerCutOptions,
  tally: Tally,
  random: Random,
  counts: Counts,
): Promise<void> {
  const memory = new ClientMemory(random);
  const program = options.program === undefined ? {} : { program: options.program };
  for (let cut = 0; cut < cuts && tally.findings.length === 0; cut++) {
    const chosen: EmbedOptions = {
      ...program,
      sizes: random.chance(0.8) ? 'small' : 'large',
      mode: random.chance(0.8) ? 'threads' : 'inline',
    };
    if (random.chance(EARLY)) {
      counts.early++;
      await cutWhileOpening(disk, chosen, random);
    } else {
      if (random.chance(KILLED_BEFORE)) await onlyKilled(disk, chosen, memory, tally, random);
      await cutUnderLoad(disk, chosen, memory, tally, random);
    }
    const mood: Mood = random.pick(['lost', 'mixed', 'mixed', 'mixed', 'kept']);
    const fates = await disk.restart(mood, random.u32());
    for (const fate of ['kept', 'lost', 'torn'] as const) counts.fates[fate] += fates[fate];
    tally.injected++;
    options.progress?.(tally.injected, tally);
  }
  if (tally.findings.length === 0) await finish(disk, memory, tally, program);
}

/**
 * The power goes in the middle of a change or sync that was counted off, if that comes before `patience` ends, or at
 * any time.
 */
async function powerGoes(
  disk: PoweredDisk,
  random: Random,
  timeMaxMs: number,
  patience: Promise<unknown>,
): Promise<void> {
  if (random.chance(0.5)) await sleep(random.between(1, timeMaxMs));
  else await Promise.race([disk.cut(random.between(1, CHANGES_MAX)), patience]);
  await disk.cut();
}

async function cutWhileOpening(disk: PoweredDisk, chosen: EmbedOptions, random: Random): Promise<void> {
  let child: ChildProcess | undefined;
  const opening = embed(disk.folder, {
    ...chosen,
    begun: (begun) => {
      child = begun;
    },
  });
  // A ledger that cannot be opened is heard of at the next try.
  const opened = opening.catch(() => undefined);
  await powerGoes(disk, random, OPEN_MAX_MS, opened);
  child!.kill('SIGKILL');
  await disk.letGo();
  await (await opened)?.kill();
}

async function onlyKilled(
  disk: PoweredDisk,
  chosen: EmbedOptions,
  memory: ClientMemory,
  tally: Tally,
  random: Random,
): Promise<void> {
  const holder = (await embed(disk.folder, chosen))!;
  try {
    await verify(holder.doors[0]!, memory, tally);
    const loading = load(holder.doors, memory, tally);
    await Promise.race([sleep(random.between(1, LOAD_MAX_MS)), loading]);
    await holder.kill();
    await loading;
  } finally {
    await holder.kill();
  }
}

async function cutUnderLoad(
  disk: PoweredDisk,
  chosen: EmbedOptions,
  memory: ClientMemory,
  tally: Tally,
  random: Random,
): Promise<void> {
  const holder = (await embed(disk.folder, chosen))!;
  try {
    await verify(holder.doors[0]!, memory, tally);
    const loading = load(holder.doors, memory, tally);
    // A check that failed is thrown below; the power goes either way.
    loading.catch(() => {});
    await powerGoes(disk, random, LOAD_MAX_MS, sleep(LOAD_PATIENCE_MS));
    await die(disk, holder);
    for (const code of await loading) if (code !== 'gone') throw new Wrong(`before the power went it said ${code}`);
  } finally {
    await die(disk, holder);
  }
}

/** The process is killed first, so that nothing of what the disk says from then on is passed on. */
async function die(disk: PoweredDisk, holder: Holder): Promise<void> {
  const dying = holder.kill();
  await disk.letGo();
  await dying;
}

/** Opens it in order, reads everything, closes it, and does so once more. */
async function finish(disk: PoweredDisk, memory: ClientMemory, tally: Tally, program: EmbedOptions): Promise<void> {
  for (let time = 0; time < 2; time++) {
    const holder = (await embed(disk.folder, program))!;
    try {
      await verify(holder.doors[0]!, memory, tally);
      await verifyAll(holder.doors[0]!, memory, tally);
    } finally {
      await holder.end();
    }
  }
}
