/** The rows of the matrix: each way to run, test or bundle a program with the package, and what is expected of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Column, type Form, inForm } from './programs.ts';
import type { Tools } from './tools.ts';

/** A command line, and what its output has when the program ran. */
export interface Step {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Row {
  readonly where: string;
  readonly how: string;
  /** The tool whose version is printed, by its name in the folder of tools; undefined: the Node that runs this. */
  readonly tool: string | undefined;
  /** Other tools that the row needs. */
  readonly needs?: readonly string[];
  /** The columns that cannot work, and the code of the first error that says so. */
  readonly refused?: Partial<Record<Column, string>>;
  /** All of them by default. */
  readonly columns?: readonly Column[];
  /** The last step ends with 0 if and only if the program did what it should: its output need not say so. */
  readonly tested?: boolean;
  /** Writes a program into `folder`, and says how to run it there. */
  readonly prepare: (program: string, folder: string, tools: Tools) => Step[];
}

const write = (folder: string, name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

function node(tool: string | undefined, form: 'module' | 'commonjs'): Row {
  const file = form === 'module' ? 'program.mjs' : 'program.cjs';
  return {
    where: 'Node',
    how: form === 'module' ? 'modules (`import`)' : 'CommonJS (`require`)',
    tool,
    prepare: (program, folder, tools) => [{ words: [tools.node(tool), write(folder, file, inForm(program, form))] }],
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    types: ['node'],
  },
  files: ['program.mts'],
};

/** Compiled with every check, those of the package's own declarations too, and run by `tool`. */
function typeScript(tool: string | undefined): Row {
  return {
    where: 'TypeScript',
    how: '`tsc`, `nodenext`, strict, no `skipLibCheck`',
    tool: 'typescript',
    needs: [...(tool === undefined ? [] : [tool]), '@types/node'],
    prepare: (program, folder, tools) => {
      write(folder, 'program.mts', program);
      write(folder, 'tsconfig.json', JSON.stringify(TSCONFIG));
      return [
        { words: [tools.node(), tools.path('typescript', 'bin', 'tsc'), '--project', folder] },
        { words: [tools.node(tool), join(folder, 'program.mjs')] },
      ];
    },
  };
}

/** TypeScript as it is written, types taken off by Node itself. */
const stripped = (tool: string): Row => ({
  where: 'Node',
  how: 'TypeScript as it is (`node program.mts`)',
  tool,
  columns: ['folder'],
  prepare: (program, folder, tools) => [{ words: [tools.node(tool), write(folder, 'program.mts', program)] }],
});

/** A busy machine takes its time. */
const TEST_MS_MAX = 60_000;
const JEST = { testMatch: ['**/a.test.*'], moduleFileExtensions: ['js', 'mjs', 'cjs'], testTimeout: TEST_MS_MAX };

function jest(tool: string, form: Form): Row {
  const asModules = form === 'jest-module';
  return {
    where: `Jest, on Node ${tool.replace('node-', '')}`,
    how: asModules ? 'modules (`--experimental-vm-modules`)' : 'CommonJS',
    tool: 'jest',
    needs: [tool],
    columns: ['folder', 'memory'],
    tested: true,
    prepare: (program, folder, tools) => {
      write(folder, 'package.json', JSON.stringify({ name: 'tried', private: true }));
      write(folder, asModules ? 'a.test.mjs' : 'a.test.cjs', inForm(program, form));
      write(folder, 'jest.config.json', JSON.stringify(JEST));
      const words = [tools.node(tool), tools.path('jest', 'bin', 'jest.js'), '--config', 'jest.config.json'];
      return [{ words, ...(asModules ? { env: { NODE_OPTIONS: '--experimental-vm-modules' } } : {}) }];
    },
  };
}

const vitest: Row = {
  where: 'vitest',
  how: 'as it comes',
  tool: 'vitest',
  needs: ['node-24'],
  columns: ['folder', 'memory'],
  tested: true,
  prepare: (program, folder, tools) => {
    write(folder, 'a.test.mjs', inForm(program, 'vitest'));
    const words = ['run', '--root', folder, `--testTimeout=${TEST_MS_MAX}`];
    return [{ words: [tools.node('node-24'), tools.path('vitest', 'vitest.mjs'), ...words] }];
  },
};

/** A bundle that has the package in it: the files of threads stay behind. */
const BUNDLED = { refused: { folder: 'threads_missing' } } as const;
/** The package stays where it is: one program is as good as all. */
const EXTERNAL = { columns: ['folder'] } as const;

function esbuild(format: 'esm' | 'cjs', external: boolean): Row {
  const [form, kind] = format === 'esm' ? (['module', 'mjs'] as const) : (['commonjs', 'cjs'] as const);
  return {
    where: 'esbuild',
    how: `\`--format=${format}\`${external ? ' `--external:tallystick`' : ', all in one file'}`,
    tool: '@esbuild/linux-x64',
    ...(external ? EXTERNAL : BUNDLED),
    prepare: (program, folder, tools) => {
      const source = write(folder, `source.${kind}`, inForm(program, form));
      const out = join(folder, `program.${kind}`);
      const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${out}`, '--log-level=warning'];
      const words = [tools.path('@esbuild/linux-x64', 'bin', 'esbuild'), source, ...options];
      return [{ words: external ? [...words, '--external:tallystick'] : words }, { words: [tools.node(), out] }];
    },
  };
}

function vite(external: boolean): Row {
  return {
    where: 'vite',
    how: external ? '`build.ssr` as it comes (external)' : '`build.ssr`, `ssr.noExternal: true`',
    tool: 'vite',
    needs: ['node-24'],
    ...(external ? EXTERNAL : BUNDLED),
    prepare: (program, folder, tools) => {
      write(folder, 'program.mjs', program);
      const build = { ssr: 'program.mjs', outDir: 'out', rollupOptions: { output: { entryFileNames: 'out.mjs' } } };
      const config = { build, logLevel: 'warn', ...(external ? {} : { ssr: { noExternal: true } }) };
      write(folder, 'vite.config.mjs', `export default ${JSON.stringify(config)};`);
      return [
        { words: [tools.node('node-24'), tools.path('vite', 'bin', 'vite.js'), 'build'] },
        { words: [tools.node(), join(folder, 'out', 'out.mjs')] },
      ];
    },
  };
}

/** webpack without a command line of its own: its API, in a program. */
function webpack(external: boolean): Row {
  return {
    where: 'webpack',
    how: external ? "`externals: { tallystick: 'commonjs tallystick' }`" : 'all in one bundle',
    tool: 'webpack',
    ...(external ? EXTERNAL : BUNDLED),
    prepare: (program, folder, tools) => {
      const entry = write(folder, 'program.mjs', program);
      const output = { path: join(folder, 'out'), filename: 'out.cjs' };
      const externals = external ? { tallystick: 'commonjs tallystick' } : {};
      const config = JSON.stringify({
        mode: 'production',
        target: 'node20',
        context: folder,
        entry,
        output,
        externals,
      });
      const built = `require(${JSON.stringify(tools.path('webpack'))})(${config}, (error, stats) => {
  if (error || stats.hasErrors()) throw error ?? new Error(stats.toString({ all: false, errors: true }));
});`;
      return [
        { words: [tools.node(), write(folder, 'build.cjs', built)] },
        { words: [tools.node(), join(folder, 'out', 'out.cjs')] },
      ];
    },
  };
}

const ncc: Row = {
  where: 'ncc',
  how: 'all in one folder',
  tool: '@vercel/ncc',
  ...BUNDLED,
  prepare: (program, folder, tools) => {
    const source = write(folder, 'program.mjs', program);
    const cli = tools.path('@vercel/ncc', 'dist', 'ncc', 'cli.js');
    return [
      { words: [tools.node(), cli, 'build', source, '-o', join(folder, 'out'), '--quiet'] },
      { words: [tools.node(), join(folder, 'out', 'index.mjs')] },
    ];
  },
};

const bun: Row = {
  where: 'Bun',
  how: '`bun program.mjs`',
  tool: '@oven/bun-linux-x64',
  prepare: (program, folder, tools) => [
    { words: [tools.path('@oven/bun-linux-x64', 'bin', 'bun'), write(folder, 'program.mjs', program)] },
  ],
};

const deno: Row = {
  where: 'Deno',
  how: '`deno run -A`',
  tool: '@deno/linux-x64-glibc',
  prepare: (program, folder, tools) => {
    const path = write(folder, 'program.mjs', program);
    return [{ words: [tools.path('@deno/linux-x64-glibc', 'deno'), 'run', '-A', '--node-modules-dir=manual', path] }];
  },
};

/** Installs the archive with another package manager, and runs the program on this Node. */
function manager(tool: string, how: string, wordsOf: (tools: Tools) => readonly string[]): Row {
  return {
    where: tool.replace(/^@.*\/(bun|exe).*/, (_all, name: string) => (name === 'exe' ? 'pnpm' : name)),
    how,
    tool: tool === 'npm' ? undefined : tool,
    columns: ['folder'],
    prepare: (program, folder, tools) => {
      write(folder, 'package.json', JSON.stringify({ name: 'tried', private: true }));
      return [
        { words: [...wordsOf(tools), tools.archive], env: { HOME: folder } },
        { words: [tools.node(), write(folder, 'program.mjs', program)] },
      ];
    },
  };
}

/** The command line, from an installation of both packages. */
const commands = (tool: string): Row => ({
  where: 'Command line',
  how: '`npx tallystick import`, `balances`, `inspect --verify`',
  tool,
  columns: ['folder'],
  tested: true,
  prepare: (program, _folder, tools) => {
    // Once, and not for each program of the column.
    if (!program.includes('console.log')) return [];
    const command = [tools.node(tool), tools.command];
    return [
      { words: [...command, 'import', tools.book, '--into', 'ledger'] },
      { words: [...command, 'balances', 'ledger'] },
      { words: [...command, 'inspect', '--verify', 'ledger'] },
    ];
  },
});

const NODES = ['node-20', 'node-22', 'node-24', 'node-26'] as const;

/** Those that belong to the tests: they need no tool, or such as are there. */
export const few: readonly Row[] = [
  node(undefined, 'module'),
  node(undefined, 'commonjs'),
  typeScript(undefined),
  node('node-20', 'module'),
  node('node-20', 'commonjs'),
  esbuild('esm', false),
  esbuild('esm', true),
];

export const rows: readonly Row[] = [
  ...NODES.map((tool) => node(tool, 'module')),
  ...NODES.map((tool) => node(tool, 'commonjs')),
  typeScript('node-20'),
  ...NODES.slice(2).map(stripped),
  ...NODES.map((tool) => jest(tool, 'jest')),
  jest('node-24', 'jest-module'),
  vitest,
  ...[true, false].flatMap((external) => [esbuild('esm', external), esbuild('cjs', external)]),
  vite(true),
  vite(false),
  webpack(true),
  webpack(false),
  ncc,
  bun,
  deno,
  manager('npm', '`npm install`', () => ['npm', 'install']),
  manager('yarn', '`yarn add`', (tools) => [tools.node(), tools.path('yarn', 'bin', 'yarn.js'), 'add']),
  manager('@pnpm/exe.linux-x64', '`pnpm add`', (tools) => [tools.path('@pnpm/exe.linux-x64', 'pnpm'), 'add']),
  manager('@oven/bun-linux-x64', '`bun add`', (tools) => [tools.path('@oven/bun-linux-x64', 'bin', 'bun'), 'add']),
  ...NODES.map(commands),
];
