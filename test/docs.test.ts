/**
 * What documents say is so: links lead somewhere, functions are where they are said to be, examples run and print what
 * is said.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].sort();
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const prose = (path: string): string => text(path).replace(/^ *```[\s\S]*?^ *```/gm, '');

test('links lead to files and headings that exist', () => {
  const broken = documents.flatMap((path) =>
    [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
      if (/^https?:/.test(target!)) return [];
      const [file, anchor] = target!.split('#');
      const to = file === '' ? path : normalize(join(dirname(path), file!));
      if (!existsSync(join(root, to))) return [`${path}: ${target}`];
      return anchor === undefined || anchors(to).has(anchor) ? [] : [`${path}: ${target}`];
    }),
  );
  assert.deepEqual(broken, []);
});

function anchors(path: string): Set<string> {
  const headings = [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text(path).matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id!)]);
}

test('a function named behind a file is in that file', () => {
  let named = 0;
  for (const path of documents) {
    for (const [, file, name] of prose(path).matchAll(/\]\(([^)]+\.ts)\)\s+`([#\w.]+)`/g)) {
      named++;
      const source = text(normalize(join(dirname(path), file!)));
      for (const part of name!.split('.')) assert.ok(source.includes(part), `${path}: ${file} has no ${part}`);
    }
  }
  assert.ok(named > 5);
});

test('the table of rooms names every room, from the top floor down', async () => {
  const { default: plan } = (await import(join(root, '.dependency-cruiser.mjs'))) as {
    default: { forbidden: { name: string; from: { path?: string } }[] };
  };
  const floors = new Map<string, number>();
  for (const { name, from } of plan.forbidden) {
    const floor = /^floor-(\d+)/.exec(name)?.[1];
    for (const room of from.path?.match(/\(([^)]*)\)/)?.[1]?.split('|') ?? []) {
      if (floor !== undefined) floors.set(room, Number(floor));
    }
  }
  const table = /## The rooms[\s\S]*?\n\n(\|[\s\S]*?)\n\n/.exec(text('docs/architecture.md'))![1]!;
  const rooms = [...table.matchAll(/^\| ([a-z-]+) \|/gm)].map(([, room]) => room!).filter((room) => room !== 'room');
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual([...rooms].sort(), folders.map(({ name }) => name).sort());
  const levels = rooms.map((room) => floors.get(room)!);
  assert.deepEqual(
    levels,
    [...levels].sort((a, b) => b - a),
  );
});

test('the table of houses names every folder of programs, from the ground up', async () => {
  const { default: plan } = (await import(join(root, '.dependency-cruiser.mjs'))) as {
    default: { forbidden: { name: string; comment?: string }[] };
  };
  const order = /in order: ([^.]*)[.]/.exec(
    plan.forbidden.find(({ name }) => name === 'src-stands-on-those-before-it')!.comment!,
  )![1]!;
  const table = /## The houses[\s\S]*?\n\n(\|[\s\S]*?)\n\n/.exec(text('docs/architecture.md'))![1]!;
  const named = [...table.matchAll(/^\| ([a-z]+) \|/gm)].map(([, house]) => house!).filter((name) => name !== 'house');
  assert.equal(named.join(', '), order);
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^([.]|node_modules$|dist$|tmp$)/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) =>
      readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.ts')),
    );
  assert.deepEqual(folders.sort(), [...named, 'examples'].sort());
});

interface Block {
  readonly name: string;
  readonly source: string;
}

/** Those marked `ts` where a reader is meant to copy them. */
const blocks: Block[] = documents
  .filter((path) => path === 'README.md' || /^docs\/(guides|concepts)\//.test(path))
  .flatMap((path) =>
    [...text(path).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, source], index) => ({
      name: `${path.replaceAll(/[/.]/g, '-')}-${index + 1}`,
      source: source!,
    })),
  );

test('examples in documents compile, run and print what their comments say', async (t) => {
  assert.notEqual(blocks.length, 0);
  // Below the package's own folder, so that 'tallystick' means this package.
  const folder = join(root, 'dist', 'test', 'blocks');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, source } of blocks) writeFileSync(join(folder, `${name}.ts`), source);
  compile(blocks.map(({ name }) => join(folder, `${name}.ts`)));
  for (const { name, source } of blocks) {
    await t.test(name, () => {
      const cwd = mkdtempSync(join(tmpdir(), 'tallystick-docs-'));
      try {
        const isSuite = source.includes('conformance(');
        const printed = execFileSync(
          process.execPath,
          [...(isSuite ? ['--test-reporter=tap'] : []), join(folder, `${name}.js`)],
          { cwd, encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
        );
        if (isSuite) return assert.match(printed, /^# fail 0$/m);
        const promised = [...source.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
        assert.equal(printed.trimEnd(), promised.join('\n'));
      } finally {
        rmSync(cwd, { recursive: true, force: true });
      }
    });
  }
});

function compile(files: string[]): void {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
  });
  const { diagnostics } = program.emit();
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return (
      `${file === undefined ? '' : relative(root, file.fileName)}:${line}: ` +
      `${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    );
  });
  assert.deepEqual(problems, []);
}
