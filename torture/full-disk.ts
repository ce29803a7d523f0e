/**
 * A disk that runs full, at another place each time. The ledger says `disk_full`, and goes on saying so; what it had
 * acknowledged is there when it is opened again, on the full disk or once there is room.
 */
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory, Wrong } from './memory.ts';
import { type EmbedOptions, embed, type Holder, killAll, Refused, serve } from './processes.ts';
import { type SmallDisk, type SmallDiskKind, smallDisks } from './small-disks.ts';
import { Tally } from './tally.ts';

/** Bytes of the disk. */
const DISK_SIZE = 96 * 2 ** 20;
/** Bytes that a ledger may still write before a round's disk is full, at most. */
const ROOM_MAX = 2 * 2 ** 20;

/** `kinds`: of disks; one after the other. */
export async function fullDisks(
  home: string,
  rounds: number,
  seed: number,
  kinds: readonly SmallDiskKind[] = smallDisks,
): Promise<Tally> {
  const tally = new Tally('full disk');
  const random = new Random(seed);
  const used: string[] = [];
  for (const kind of kinds) {
    const disk = kind.make(home, DISK_SIZE);
    if (disk === undefined) {
      used.push(`no ${kind.name} (not permitted here)`);
      continue;
    }
    used.push(kind.name);
    try {
      const memory = new ClientMemory(random);
      for (let round = 0; round < rounds && tally.findings.length === 0; round++) {
        await fillOnce(disk, round, memory, tally, random);
        tally.injected++;
      }
      disk.leave();
      await whole(disk, memory, tally);
    } catch (error) {
      tally.err(`${kind.name}: ${(error as Error).stack}`);
    } finally {
      await killAll();
      disk.remove();
    }
  }
  tally.how = used.join(', ');
  return tally;
}

function limits(disk: SmallDisk): EmbedOptions {
  return disk.fileSizeMax === undefined ? {} : { fileSizeMax: disk.fileSizeMax };
}

async function whole(disk: SmallDisk, memory: ClientMemory, tally: Tally): Promise<void> {
  const holder = (await embed(disk.folder, limits(disk)))!;
  await verify(holder.doors[0]!, memory, tally);
  await verifyAll(holder.doors[0]!, memory, tally);
  await holder.end();
}

async function fillOnce(
  disk: SmallDisk,
  round: number,
  memory: ClientMemory,
  tally: Tally,
  random: Random,
): Promise<void> {
  disk.leave(random.pick([0, random.between(0, 20_000), random.between(0, ROOM_MAX)]));
  const served = round % 4 === 3;
  let holder: Holder | undefined;
  try {
    holder = served
      ? await serve(disk.folder, limits(disk))
      : await embed(disk.folder, { ...limits(disk), sizes: random.chance(0.7) ? 'small' : 'large' });
  } catch (error) {
    onlyFull('opening', error);
  }
  if (holder !== undefined) {
    try {
      const codes = await fullOf(holder, memory, tally, disk, random).catch(
        (error: unknown) => onlyFull('asking', error) ?? new Set<string>(),
      );
      for (const code of codes) if (!EXPECTED.has(code)) throw new Wrong(`a full disk was told as ${code}`);
    } finally {
      if (served || random.chance(0.3)) await holder.kill();
      else await holder.end().catch((error: unknown) => onlyFull('closing', error));
    }
  }
  await stillFull(disk, memory, tally);
  disk.leave();
  await whole(disk, memory, tally);
}

/** A server whose engine has stopped ends; whoever asks then hears that nobody is there. */
const EXPECTED: ReadonlySet<string> = new Set([
  'disk_full',
  'connection_lost',
  'unreachable',
  'ECONNRESET',
  'ECONNREFUSED',
  'Error: the connection is gone',
  'Error: cut off',
]);

async function fullOf(
  holder: Holder,
  memory: ClientMemory,
  tally: Tally,
  disk: SmallDisk,
  random: Random,
): Promise<Set<string>> {
  await verify(holder.doors[0]!, memory, tally);
  // Somewhere in the middle the rest of the disk goes.
  let requests = random.between(1, 400);
  const codes = await load(holder.doors, memory, tally, () => {
    if (--requests === 0) disk.leave(0);
    return requests > -20_000;
  });
  if (codes.size === 0) throw new Wrong('the disk was full and nobody was told');
  return codes;
}

/** Throws again what is no full disk. */
function onlyFull(what: string, error: unknown): undefined {
  if (error instanceof Refused && ['disk_full', 'exit 2'].includes(error.code)) return undefined;
  throw new Error(`${what} on a full disk: ${(error as Error).message}`, { cause: error });
}

/** Opening on the full disk either goes well, and then everything is there, or says that it is full. */
async function stillFull(disk: SmallDisk, memory: ClientMemory, tally: Tally): Promise<void> {
  let holder: Holder | undefined;
  try {
    holder = await embed(disk.folder, limits(disk));
  } catch (error) {
    onlyFull('opening', error);
    return;
  }
  try {
    await verify(holder!.doors[0]!, memory, tally);
  } catch (error) {
    onlyFull('asking', error);
  }
  await holder!.end().catch((error: unknown) => onlyFull('closing', error));
}
