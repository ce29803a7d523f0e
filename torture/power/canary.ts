/**
 * Bugs that are planted in a copy of what was built, each of which the rig must find: `node
 * dist/torture/power/canary.js [NAME …]`. The simulator's ([bugs.ts](../../sim/canary/bugs.ts)) are found without a
 * disk; these show that the rig's disks forget what nobody synced.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bug } from '../../sim/canary/bug.ts';
import { copyOfBuilt, replaced } from '../../sim/canary/plant.ts';
import { powerCuts } from '../power-cut.ts';
import { killAll } from '../processes.ts';
import type { Tally } from '../tally.ts';

export interface PowerBug extends Pick<Bug, 'name' | 'what' | 'file' | 'good' | 'bad'> {
  /** The disk that must show it; any, without. */
  readonly disk?: string;
  /** The rig's message when it finds it. */
  readonly finding: RegExp;
  /** It must be found within so many cuts. */
  readonly cuts: number;
  readonly cutsALedger: number;
}

/** Told and not there; or something that is there says that it was told, which is no better for who was. */
const LOST = /was acknowledged and is not there|journal_corrupt/;
const NOT_SYNCED: Pick<PowerBug, 'what' | 'file' | 'good' | 'bad' | 'finding' | 'cuts' | 'cutsALedger'> = {
  what: 'a batch is acknowledged when it was written, not when it is on stable storage',
  file: 'src/journal/journal.js',
  good: '{ mode, durable: true, direct:',
  bad: '{ mode, durable: false, direct:',
  finding: LOST,
  cuts: 20,
  cutsALedger: 10,
};

/**
 * A name that nobody synced is lost with half of the ledgers that have a cut under load first. Where all is well so
 * many cuts do not find it once in 10,000 times.
 */
const NAMES_LOST = { finding: LOST, disk: 'what POSIX promises', cuts: 60, cutsALedger: 2 };

export const powerBugs: readonly PowerBug[] = [
  { name: 'journal-not-synced', disk: 'what POSIX promises', ...NOT_SYNCED },
  { name: 'journal-not-synced-on-ext4', disk: 'ext4 on blocks', ...NOT_SYNCED },
  {
    name: 'segment-name-not-synced',
    what: 'the folder of the journal is not synced when a segment was created in it',
    file: 'src/journal/journal.js',
    good: 'file.write(this.#block, 0);\n            this.#storage.syncFolder(this.#folder);',
    bad: 'file.write(this.#block, 0);',
    ...NAMES_LOST,
  },
  {
    name: 'folder-name-not-synced',
    what: 'folders are created and their parents are not synced',
    file: 'src/platform/disk-storage.js',
    good: 'this.syncFolder(dirname(made));',
    bad: 'dirname(made);',
    ...NAMES_LOST,
  },
  {
    name: 'renamed-before-sync',
    what: 'a run gets its name, durably, before its bytes are durable',
    file: 'src/projector/run-writer.js',
    good: "{ mode: 'create', durable: true, direct: true }",
    bad: "{ mode: 'create', durable: false, direct: true }",
    finding: /format_foreign|run_corrupt/,
    cuts: 40,
    cutsALedger: 10,
  },
];

/** The folders that a program with a ledger needs. */
const NEEDED = ['src', 'testing', 'torture'];

/** Makes `dist/canary/<name>` and returns the program there that has a ledger. */
function plant(bug: PowerBug): string {
  const copy = copyOfBuilt(bug.name, NEEDED);
  const path = join(copy, bug.file);
  writeFileSync(path, replaced({ ...bug, world: 'disk', seeds: 0 }, readFileSync(path, 'utf8')));
  return join(copy, 'torture', 'embedded.js');
}

/** Lets the rig look for it. */
export async function huntPowerBug(
  bug: PowerBug,
  home: string,
  seed: number,
): Promise<{ found: boolean; tally: Tally }> {
  const { cuts, cutsALedger, disk } = bug;
  const on = disk === undefined ? {} : { disk };
  const tally = await powerCuts({ folder: home, cuts, cutsALedger, seed, ...on, program: plant(bug) });
  return { found: tally.findings.some((finding) => bug.finding.test(finding)), tally };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const home = mkdtempSync(join(tmpdir(), 'tallystick-power-'));
  try {
    for (const bug of powerBugs.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const { found, tally } = await huntPowerBug(bug, home, 1);
      const said = (tally.findings[0] ?? tally.how).split('\n')[0];
      // A machine that permits no such disk says so.
      const done = tally.injected > 0 || tally.findings.length > 0;
      const outcome = found
        ? `found by cut ${tally.injected + 1}`
        : done
          ? `NOT in ${bug.cuts} cuts`
          : 'not looked for';
      console.log(`${bug.name}: ${outcome}; ${said}`);
      if (done && !found) process.exitCode = 1;
    }
  } finally {
    await killAll();
    rmSync(home, { recursive: true, force: true });
  }
}
