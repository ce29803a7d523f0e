/** `npm run site -- [--out FOLDER]`: the documents as static pages. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSite } from './build.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const usual = join(root, 'tmp', 'site');
const out = resolve(values.out ?? usual);
if (out === usual) rmSync(out, { recursive: true, force: true });
if (existsSync(out) && readdirSync(out).length > 0) {
  console.error(`there is something in ${out} already: give --out an empty folder`);
  process.exit(2);
}
console.log(`${out}: ${buildSite(root, out)} pages`);
