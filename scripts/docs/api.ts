/**
 * The reference of a door of the package (`<!-- api helpers -->`), from the types that the compiler wrote beside the
 * programs that people load: for each export its declaration and its comment, for each section a program.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type Door, doors, type Section } from './api-sections.ts';
import type { Printer } from './printer.ts';

/** Declarations with more lines than this have a page of their own, which their comment names. */
const LINES_MAX = 110;

interface Export {
  readonly name: string;
  /** Its comment as Markdown. */
  readonly about: string;
  /** Its declarations, as TypeScript. */
  readonly code: string;
  /** It is there when a program runs: a program of its section uses it. */
  readonly isValue: boolean;
}

export const api: Printer = (root, name) => {
  const door = doors[name];
  if (door === undefined) throw new Error(`there is no door ${name}`);
  const found = exportsOf(root, door);
  checkSections(name, door, found);
  const text = door.sections.map((section) => printed(root, name, section, found)).join('\n\n');
  return { note: name, text };
};

/** Types that another door has already are its own, and `tallystick` has their pages. */
function checkSections(name: string, { sections }: Door, found: ReadonlyMap<string, Export>): void {
  const listed = sections.flatMap(([, , names]) => names);
  const others = name === 'tallystick' ? [] : doors.tallystick!.sections.flatMap(([, , names]) => names);
  const problems = [
    ...listed.filter((each, index) => listed.indexOf(each) !== index).map((each) => `${each} is in two sections`),
    ...listed.filter((each) => !found.has(each)).map((each) => `${each} is no export of ${name}`),
    ...[...found.values()].flatMap(({ name: each, about, isValue }) => {
      if (!listed.includes(each)) {
        return others.includes(each) && !isValue ? [] : [`${each} is in no section of scripts/docs/api-sections.ts`];
      }
      return about === '' ? [`${each} has no comment`] : [];
    }),
  ];
  if (problems.length > 0) throw new Error(`the reference of ${name}: ${problems.join('; ')}`);
}

function exportsOf(root: string, { types }: Door): Map<string, Export> {
  const path = join(root, types);
  const program = ts.createProgram([path], { types: [], noEmit: true, target: ts.ScriptTarget.ES2023 });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${types} is not there: npm run build`);
  const symbols = checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    symbol: (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol),
  }));
  const codes = formatted(
    root,
    symbols.map(({ symbol }) => declarationsOf(symbol).map(codeOf).join('\n')),
  );
  return new Map(
    symbols.map(({ name, symbol }, index) => [
      name,
      {
        name,
        about: aboutOf(symbol),
        code: codes[index]!,
        isValue: (symbol.flags & ts.SymbolFlags.Value) !== 0,
      },
    ]),
  );
}

/** The statements that declare it: for a constant that which has its comment. */
function declarationsOf(symbol: ts.Symbol): ts.Node[] {
  return (symbol.declarations ?? []).map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node));
}

function aboutOf(symbol: ts.Symbol): string {
  for (const node of declarationsOf(symbol)) {
    const [comment] = ts.getJSDocCommentsAndTags(node);
    if (comment !== undefined && ts.isJSDoc(comment)) return markdown(comment.getText());
  }
  return '';
}

/** The text of a comment: what is indented is a program, and `{@link X}` is the name X. */
function markdown(comment: string): string {
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const text = lines
    .join('\n')
    .trim()
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`');
  return text.replaceAll(/(?:^ {2}(?! *-).*\n?)+/gm, (program) => {
    return `\`\`\`typescript\n${program.replaceAll(/^ {2}/gm, '').trimEnd()}\n\`\`\`\n`;
  });
}

/** A declaration without its own comment and without what only the package itself can use. */
function codeOf(node: ts.Node): string {
  return node
    .getText()
    .replace(/^export /, '')
    .replace(/extends ObjectLedger( implements \w+)?/, (_, more) => more?.trimStart() ?? 'implements Ledger')
    .replaceAll(/\bObjectLedger\b/g, 'Ledger')
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
    .replaceAll(/^ +#private;\n/gm, '')
    .replaceAll(/^ +private constructor.*\n/gm, '');
}

/** As the project's own code is formatted; the compiler writes a signature on one line. */
function formatted(root: string, codes: readonly string[]): string[] {
  const mark = '// ---- next ----';
  const { stdout, status, stderr } = spawnSync(
    join(root, 'node_modules', '.bin', 'biome'),
    ['format', '--stdin-file-path=reference.d.ts'],
    { cwd: root, input: codes.join(`\n${mark}\n`), encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`biome cannot format the declarations: ${stderr}`);
  const pieces = stdout.split(mark).map((code) => code.trim().replaceAll(/^declare /gm, ''));
  if (pieces.length !== codes.length) throw new Error('declarations were lost while they were formatted');
  return pieces;
}

function printed(root: string, door: string, [title, example, names]: Section, found: Map<string, Export>): string {
  const path = join('examples', 'api', door, `${example}.ts`);
  const program = readFileSync(join(root, path), 'utf8').trim();
  const entries = names.map((name) => found.get(name)!);
  const unused = entries.filter(({ name, isValue }) => isValue && !new RegExp(`\\b${name}\\b`).test(program));
  // A class that only functions make is used where its objects are.
  const missing = unused.filter(({ code }) => !/^class /.test(code)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`${path} does not use ${missing.join(', ')}`);
  const link = `[${path}](../../${path})`;
  return [`## ${title}`, ...entries.map(entry), `**Example**, ${link}:`, fenced(program)].join('\n\n');
}

function entry({ name, about, code }: Export): string {
  const isLong = code.split('\n').length > LINES_MAX;
  return [`### ${name}`, about, ...(isLong ? [] : [fenced(code)])].join('\n\n');
}

/** Not `ts` but `typescript`: programs of documents are run where they are marked `ts`, and these run as files. */
const fenced = (code: string): string => `\`\`\`typescript\n${code}\n\`\`\``;
