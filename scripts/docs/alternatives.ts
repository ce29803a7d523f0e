/** Tables of measured alternatives in ADRs, from the JSON that a program in bench/alternatives printed. The block names the file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Printer } from '../docs.ts';
import { type MachineText, machineText } from './figures.ts';

interface Measured {
  readonly date: string;
  readonly command: string;
  readonly commit: string;
  readonly machine: MachineText;
  /** What every row says: its keys are the titles of columns. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

export const alternatives: Printer = (root, note) => {
  const { date, command, commit, machine, rows } = JSON.parse(
    readFileSync(join(root, 'bench', 'alternatives', note), 'utf8'),
  ) as Measured;
  const titles = Object.keys(rows[0]!);
  const text = [
    `| ${titles.join(' | ')} |`,
    `|${titles.map((title) => (typeof rows[0]![title] === 'number' ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => `| ${titles.map((title) => row[title]!.toLocaleString('en-US')).join(' | ')} |`),
    '',
    `\`${command}\`, ${date}, commit ${commit}, ${machineText(machine)}.`,
  ];
  return { note, text: text.join('\n') };
};
