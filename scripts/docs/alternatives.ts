/**
 * Tables of measured alternatives in ADRs, from the JSON that a program in bench/alternatives printed. The block names
 * the file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineText, machineText } from './figures.ts';
import type { Printer } from './printer.ts';

interface Measured {
  readonly date: string;
  readonly command: string;
  readonly commit: string;
  readonly machine: MachineText;
  /** Before the first round: above 0.5, others were at work. */
  readonly load_average: number;
  /** What every row says: its keys are the titles of columns. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

export const alternatives: Printer = (root, note) => {
  const { date, command, commit, machine, load_average, rows } = JSON.parse(
    readFileSync(join(root, 'bench', 'alternatives', note), 'utf8'),
  ) as Measured;
  const titles = Object.keys(rows[0]!);
  const text = [
    `| ${titles.join(' | ')} |`,
    `|${titles.map((title) => (typeof rows[0]![title] === 'number' ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => `| ${titles.map((title) => row[title]!.toLocaleString('en-US')).join(' | ')} |`),
    '',
    `\`${command}\`, ${date}, commit ${commit}, ${machineText(machine)}, load average ${load_average.toFixed(1)}.`,
  ];
  return { note, text: text.join('\n') };
};
