/** A folder that may not be written: opening says so, and every file stays as it was, to its time of change. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { picture } from '../testing/disk/picture.ts';
import { Random } from '../testing/model/random.ts';
import { load, verify, verifyAll } from './client.ts';
import { ClientMemory } from './memory.ts';
import { embed, type Refused, serve } from './processes.ts';
import { Tally } from './tally.ts';

/** Root may write anywhere, so the test runs as nobody. */
const NOBODY = 65_534;

export async function readOnly(home: string, seed: number): Promise<Tally> {
  const tally = new Tally('folder that may not be written');
  const folder = join(home, 'read-only');
  const memory = new ClientMemory(new Random(seed));
  try {
    const writer = (await embed(folder))!;
    await writer.doors[0]!.createAccounts(memory.accountInputs);
    let requests = 200;
    await load(writer.doors, memory, tally, () => requests-- > 0);
    await writer.end();
    tally.how = [await withoutRights(folder, tally), await mountedReadOnly(folder, tally)].join(', ');
    const holder = (await embed(folder))!;
    await verify(holder.doors[0]!, memory, tally);
    await verifyAll(holder.doors[0]!, memory, tally);
    await holder.end();
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  }
  return tally;
}

async function refused(folder: string, how: string, uid: number | undefined, tally: Tally): Promise<void> {
  const before = picture(folder);
  const owner = uid === undefined ? {} : { uid };
  for (const open of [
    () => embed(folder, { mode: 'threads', ...owner }),
    () => embed(folder, { mode: 'inline', ...owner }),
    () => serve(folder, owner),
  ]) {
    const code = await open().then(
      async (holder) => {
        await holder?.kill();
        return 'no error';
      },
      (error: Refused) => error.code,
    );
    tally.injected++;
    if (code !== 'not_writable') tally.err(`${how}: opening says ${code}`);
    if (picture(folder) !== before) tally.err(`${how}: something was written`);
  }
}

/** Whether nobody may read what they are to run, and reach the folder. */
function nobodyMayRun(folder: string): boolean {
  const paths = JSON.stringify([import.meta.filename, folder]);
  const look = `for (const path of ${paths}) require('node:fs').accessSync(path)`;
  return spawnSync(process.execPath, ['-e', look], { uid: NOBODY, stdio: 'ignore' }).status === 0;
}

async function withoutRights(folder: string, tally: Tally): Promise<string> {
  const isRoot = process.geteuid?.() === 0;
  chmodSync(join(folder, '..'), 0o755);
  if (isRoot && !nobodyMayRun(folder)) return 'not as nobody (who may not read the program here)';
  const paths = [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ];
  const modes = paths.map((path) => statSync(path).mode);
  for (const path of paths) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
  try {
    await refused(folder, 'without rights', isRoot ? NOBODY : undefined, tally);
  } finally {
    for (const [index, path] of paths.entries()) chmodSync(path, modes[index]!);
  }
  return `without the right to write${isRoot ? ', as nobody' : ''}`;
}

async function mountedReadOnly(folder: string, tally: Tally): Promise<string> {
  try {
    execFileSync('mount', ['--bind', folder, folder], { stdio: 'ignore' });
  } catch {
    return 'no read-only mount (not permitted here)';
  }
  try {
    execFileSync('mount', ['-o', 'remount,bind,ro', folder], { stdio: 'ignore' });
    await refused(folder, 'mounted read-only', undefined, tally);
  } finally {
    execFileSync('umount', [folder]);
  }
  return 'mounted read-only';
}
