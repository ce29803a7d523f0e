/**
 * `tallystick init`: makes a ledger where there is none, so that no other command has to guess whether there should be
 * one.
 */
import { resolve } from 'node:path';
import { openFolder } from 'tallystick/internal/engine';
import { formatUuid, TallystickError } from 'tallystick/internal/model';
import { DiskStorage } from 'tallystick/internal/platform';

/** Returns the exit code. Throws `invalid_argument` when there is a ledger already, or what opening throws. */
export async function init(folder: string, options: { readonly json?: boolean }): Promise<number> {
  if (new DiskStorage().exists(`${folder}/superblock`)) {
    throw new TallystickError('invalid_argument', `there is a ledger in ${folder} already`);
  }
  const { engine, ledgerId } = await openFolder(folder, { mode: 'inline', expires: false });
  await engine.close();
  const id = formatUuid(ledgerId);
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ ledger_id: id })}\n` : `${resolve(folder)}: ${id}\n`,
  );
  return 0;
}
