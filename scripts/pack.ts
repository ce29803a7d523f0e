/**
 * Makes what the compiler wrote into what is packed (`prepack`); what is as it should be stays. `node pack.js FOLDER`
 * does so in a copy of the package there.
 *
 * - Modules lose their comments: the declarations beside them have those that a reader is told of.
 * - The doors that package.json has a `require` for get their CommonJS, `open.cjs` beside `open.js`: for programs that
 *   cannot load modules, such as tests in Jest. Node itself never takes it (`module-sync` comes first), so a process
 *   has one core. Threads are modules either way.
 */
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { minify } from 'terser';
import ts from 'typescript';

const root = process.argv[2] ?? join(import.meta.dirname, '..', '..');
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)\.js["']/g;

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly require?: string }>>;
};

/** A module and those that it imports, as paths from the root. */
function withImports(path: string, found: Set<string>): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, other] of readFileSync(join(root, path), 'utf8').matchAll(IMPORT)) {
    withImports(relative(root, join(root, dirname(path), `${other!}.js`)), found);
  }
  return found;
}

/** The module again, as `module` kind of it, without comments. */
function printed(path: string, source: string, module: ts.ModuleKind): string {
  const compilerOptions = { module, target: ts.ScriptTarget.ES2023, removeComments: true };
  return ts.transpileModule(source, { fileName: path, compilerOptions }).outputText;
}

/** A module in CommonJS: what `import.meta` says there is said in its words. */
async function commonJs(path: string): Promise<string> {
  const source = readFileSync(join(root, path), 'utf8')
    .replace(IMPORT, (found) => found.replace(/\.js(?=["']$)/, '.cjs'))
    .replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename).href")
    .replaceAll('import.meta.dirname', '__dirname');
  const { code } = await minify(printed(path, source, ts.ModuleKind.CommonJS), {
    mangle: { keep_classnames: true, keep_fnames: true },
    // A line for each statement: a stack says where.
    format: { semicolons: false },
  });
  return `${code!}\n`;
}

/** Whoever reads the file meanwhile has one or the other. */
function write(path: string, text: string): void {
  const made = `${path}.${process.pid}`;
  writeFileSync(made, text);
  renameSync(made, path);
}

const modules = [join('dist', 'src'), join('dist', 'testing')].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !name.endsWith('.test.js'))
    .map((name) => join(folder, name)),
);
for (const path of modules) {
  const source = readFileSync(join(root, path), 'utf8');
  const { code } = await minify(printed(path, source, ts.ModuleKind.ESNext), {
    module: true,
    compress: false,
    mangle: false,
    // As the compiler wrote it, without its spaces.
    format: { beautify: true, indent_level: 0 },
  });
  const text = `${code!}\n`;
  if (text !== source) write(join(root, path), text);
}

const required = new Set<string>();
for (const { require: door } of Object.values(exports)) {
  if (door !== undefined) withImports(door.slice('./'.length).replace(/\.cjs$/, '.js'), required);
}
for (const path of required) {
  const to = join(root, path.replace(/\.js$/, '.cjs'));
  const made = existsSync(to) ? statSync(to).mtimeMs : 0;
  if (made < statSync(join(root, path)).mtimeMs) write(to, await commonJs(path));
}
