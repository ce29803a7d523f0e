/** The README's table of figures, from what `npm run bench` wrote. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Printer } from './printer.ts';

interface Results {
  readonly date: string;
  readonly commit: string;
  readonly machine: MachineText;
  readonly figures: readonly { readonly what: string; readonly unit: string; readonly measured: number | null }[];
}

export interface MachineText {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_bytes: number;
  readonly kernel: string;
  readonly node: string;
}

const folder = join('bench', 'results');

/** A check reads the file that the block names; writing takes the newest. Nothing while there is none. */
export const figures: Printer = (root, note, check) => {
  const name = check ? note : newest(join(root, folder));
  if (name === '') return { note: '', text: '' };
  const { date, commit, machine, figures } = JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as Results;
  const rows = figures
    .filter(({ measured }) => measured !== null)
    .map(({ what, unit, measured }) => `| ${what} | ${amount(measured!, unit)} |`);
  const source = `[${name}](bench/results/${name})`;
  const text = [
    '## Numbers',
    '',
    '| what | measured |',
    '|---|---:|',
    ...rows,
    '',
    `\`npm run bench\`, ${date}, commit ${commit}, ${machineText(machine)}; all fields: ${source}.`,
  ];
  return { note: name, text: text.join('\n') };
};

/** By the time of writing: two of one day differ in their commits only. Empty: there is none. */
export function newest(path: string): string {
  if (!existsSync(path)) return '';
  const names = readdirSync(path).filter((name) => /^\d.*\.json$/.test(name) && !name.endsWith('-quick.json'));
  const times = new Map(names.map((name) => [name, statSync(join(path, name)).mtimeMs]));
  return names.sort((a, b) => times.get(a)! - times.get(b)!).at(-1) ?? '';
}

export function machineText({ cpu, cores, memory_bytes, kernel, node }: MachineText): string {
  return `${cpu}, ${cores} cores, ${(memory_bytes / 2 ** 30).toFixed(0)} GiB, ${kernel}, Node ${node.replace('v', '')}`;
}

function amount(value: number, unit: string): string {
  if (unit === '/s' && value >= 1e6) return `${(value / 1e6).toFixed(2)} million a second`;
  if (unit === '/s') return `${Math.round(value / 1000)},000 a second`;
  return `${Number(value.toPrecision(3))} ${unit}`;
}
