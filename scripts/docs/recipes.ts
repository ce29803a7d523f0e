/**
 * The recipes of `examples/recipes/`: each file's first comment is its text, and begins with its title and a colon; the
 * rest is its program. `test/examples.test.ts` runs them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Printer } from './printer.ts';

const folder = join('examples', 'recipes');

/** In the order in which a reader meets them. */
const order: readonly string[] = [
  'refund',
  'reversal',
  'correction',
  'many-to-many',
  'wallet',
  'card-authorisation',
  'foreign-exchange',
  'payroll',
  'rate-limit',
  'close-account',
  'game-economy',
  'marketplace',
  'tests-with-a-clock',
];

const RECIPE = /^\/\*\*\n \* ([^:]+): (.*?)\n \*\/\n(.*)$/s;

export const recipes: Printer = (root) => {
  const names = readdirSync(join(root, folder)).map((file) => file.replace(/[.]ts$/, ''));
  if (names.sort().join() !== [...order].sort().join()) {
    throw new Error(`${folder} has ${names}, which is not what scripts/docs/recipes.ts puts in order`);
  }
  return { note: '', text: order.map((name) => recipe(root, name)).join('\n\n') };
};

/** Not `ts` but `typescript`: programs of documents are run where they are marked `ts`, and these run as files. */
function recipe(root: string, name: string): string {
  const [, title, prose, program] = RECIPE.exec(readFileSync(join(root, folder, `${name}.ts`), 'utf8')) ?? [];
  if (title === undefined) throw new Error(`${folder}/${name}.ts does not begin with a comment: "Title: what it does"`);
  const [first, ...rest] = prose!.replaceAll(/^ \* ?/gm, '').split('\n\n');
  const sentence = `${first![0]!.toUpperCase()}${first!.slice(1)}`;
  const link = `[examples/recipes/${name}.ts](../../examples/recipes/${name}.ts)`;
  const paragraphs = [sentence, ...rest, link].join('\n\n');
  return `## ${title}\n\n${paragraphs}\n\n\`\`\`typescript\n${program!.trim()}\n\`\`\``;
}
