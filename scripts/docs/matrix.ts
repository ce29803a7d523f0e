/** The table of docs/guides/packages.md, from what `npm run matrix -- --record` wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLUMNS, type RowResult } from '../matrix/run.ts';
import { type MachineText, machineText, newest } from './figures.ts';
import type { Printer } from './printer.ts';

interface Results {
  readonly date: string;
  readonly commit: string;
  readonly machine: MachineText;
  readonly rows: readonly RowResult[];
  /** A sentence about the run, where it was not one run of everything. */
  readonly how?: string;
}

const folder = join('scripts', 'matrix', 'results');

/** A check reads the file that the block names; writing takes the newest. Nothing while there is none. */
export const matrix: Printer = (root, note, check) => {
  const name = check ? note : newest(join(root, folder));
  if (name === '') return { note: '', text: '' };
  const { date, commit, machine, rows, how } = JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as Results;
  const text = [
    '| with | version | how | in a folder | in memory | `inline` | client |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(({ where, how, version, cells }) => {
      const said = COLUMNS.map((column) => {
        const cell = cells[column];
        if (cell === undefined) return '';
        return cell.ok ? 'yes' : `\`${cell.said}\``;
      });
      return `| ${[where, version, how, ...said].join(' | ')} |`;
    }),
    '',
    `\`npm run matrix\`, ${date}, commit ${commit}, ${machineText(machine)}; [${name}](../../${folder}/${name}).`,
    ...(how === undefined ? [] : [how]),
  ];
  return { note: name, text: text.join('\n') };
};
