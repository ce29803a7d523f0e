/** The programs of the README and of Start, as the documents have them, and turned into what a tool wants. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a row of the matrix tries, in the order of its columns. */
export type Column = 'folder' | 'memory' | 'inline' | 'client';

/** How a program is written: modules, CommonJS, or as a test of a runner. */
export type Form = 'module' | 'commonjs' | 'jest' | 'jest-module' | 'vitest';

/** Start prints its transfer's status; the README's program prints nothing. */
export const PRINTED = 'created';

function blockOf(root: string, path: string, heading: string): string {
  const text = readFileSync(join(root, path), 'utf8');
  const block = /```ts\n(.*?)```/s.exec(text.slice(text.indexOf(heading)))?.[1];
  if (block === undefined) throw new Error(`${path} has no program under ${heading}`);
  return block;
}

/** The programs of a column, as modules. `server`: the address that a client connects to. */
export function programs(root: string, column: Column, server: string): string[] {
  const readme = blockOf(root, 'README.md', '# Tallystick');
  const start = blockOf(root, 'docs/guides/start.md', '## A first sale');
  const opened = (other: string): string => {
    if (!start.includes("open('./shop')")) throw new Error('Start opens no ./shop');
    return start.replace("open('./shop')", other);
  };
  switch (column) {
    case 'folder':
      return [readme, start];
    case 'memory':
      return [opened("open(':memory:')")];
    case 'inline':
      return [opened("open('./inline', { mode: 'inline' })")];
    case 'client':
      return [opened(`connect('${server}')`).replace('id, open }', 'id, connect }')];
  }
}

/** A program in another form. A test compares what the program logs with what Start's comment promises. */
export function inForm(program: string, form: Form): string {
  if (form === 'module') return program;
  const required = program.replace(/^import (\{.*?\}) from '(.*?)';$/gm, "const $1 = require('$2');");
  if (form === 'commonjs') return `(async () => {\n${required}\n})();\n`;
  const heads: Readonly<Record<string, string>> = {
    'jest-module': "import { expect, test } from '@jest/globals';\n",
    vitest: "import { expect, test } from 'vitest';\n",
  };
  const imports = form === 'jest' ? '' : (program.match(/^import .*$/gm) ?? []).join('\n');
  const body = form === 'jest' ? required : program.replace(/^import .*$/gm, '');
  const said = program.includes('console.log') ? `['${PRINTED}']` : '[]';
  return `${heads[form] ?? ''}${imports}
test('it runs', async () => {
  const said = [];
  const console = { log: (text) => said.push(text) };
${body}
  expect(said).toEqual(${said});
});
`;
}
