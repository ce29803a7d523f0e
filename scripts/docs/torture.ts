/** The table of docs/reliability.md, from what `npm run torture` wrote. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineText, machineText } from './figures.ts';
import type { Printer } from './printer.ts';

interface Results {
  readonly machine: MachineText;
  readonly faults: readonly {
    readonly fault: string;
    readonly how: string;
    readonly injected: number;
    readonly checked: number;
    readonly lost: number;
    readonly doubled: number;
    readonly wrong: number;
    readonly date: string;
    readonly commit: string;
    readonly seed: number;
  }[];
}

const folder = join('torture', 'results');

/** A check reads the file that the block names; writing takes the newest. Nothing while there is none. */
export const torture: Printer = (root, note, check) => {
  const name = check ? note : newest(join(root, folder));
  if (name === '') return { note: '', text: '' };
  const { machine, faults } = JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as Results;
  const number = (value: number): string => value.toLocaleString('en-US');
  const sum = (of: 'injected' | 'checked' | 'lost' | 'doubled' | 'wrong'): string =>
    number(faults.reduce((all, row) => all + row[of], 0));
  const runs = [...new Set(faults.map(({ date, commit, seed }) => `${date}, commit ${commit}, seed ${seed}`))];
  const text = [
    '| fault | how | injected | acknowledgements checked | lost | doubled | wrong |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...faults.map(
      ({ fault, how, injected, checked, lost, doubled, wrong }) =>
        `| ${fault} | ${how} | ${[injected, checked, lost, doubled, wrong].map(number).join(' | ')} |`,
    ),
    `| **all** | | ${sum('injected')} | ${sum('checked')} | **${sum('lost')}** | **${sum('doubled')}** | **${sum('wrong')}** |`,
    '',
    `\`npm run torture\`, ${runs.join('; ')}; ${machineText(machine)}; [${name}](../${folder}/${name}).`,
  ];
  return { note: name, text: text.join('\n') };
};

function newest(path: string): string {
  if (!existsSync(path)) return '';
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  const times = new Map(names.map((name) => [name, statSync(join(path, name)).mtimeMs]));
  return names.sort((a, b) => times.get(a)! - times.get(b)!).at(-1) ?? '';
}
