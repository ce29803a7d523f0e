/** The package as npm packs it: what `exports` names is in it, and the helpers load without any other package. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** Paths of all files that `npm pack` would put into the archive. */
const files: ReadonlySet<string> = packed();

function packed(): Set<string> {
  const printed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const [archive] = JSON.parse(printed) as [{ files: { path: string }[] }];
  return new Set(archive.files.map(({ path }) => path));
}

test('every door of the package is in it, with its types', () => {
  const doors = Object.entries(manifest.exports);
  assert.deepEqual(
    doors.map(([door]) => door),
    ['.', './testing', './helpers', './internal'],
  );
  for (const [door, { types, default: program }] of doors) {
    for (const path of [types, program]) assert.ok(files.has(path.replace('./', '')), `${door}: ${path}`);
    const resolved = import.meta.resolve(door.replace('.', 'tallystick'));
    assert.equal(fileURLToPath(resolved), join(root, program));
  }
});

/** A folder into which the packed files were put as a package manager would, without any other package. */
function installed(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-packed-'));
  for (const path of files) {
    const to = join(folder, 'node_modules', 'tallystick', path);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(root, path), to);
  }
  return folder;
}

const program = `import { accountTransfersOf, chain, formatMoney, idOf, sendTransfers } from 'tallystick/helpers';
import type { AccountFilter, Transfer } from 'tallystick/helpers';

/** As tigerbeetle-node declares its client and its statuses. */
declare enum Status { created = 4294967295, exists = 46 }
interface Client {
  createTransfers: (batch: Transfer[]) => Promise<{ timestamp: bigint; status: Status }[]>;
  lookupTransfers: (batch: bigint[]) => Promise<Transfer[]>;
  getAccountTransfers: (filter: AccountFilter) => Promise<Transfer[]>;
}

const blank = { pending_id: 0n, user_data_128: 0n, user_data_64: 0n, user_data_32: 0, timeout: 0, timestamp: 0n };
const leg = { ...blank, debit_account_id: 1n, credit_account_id: 2n, amount: 1250n, ledger: 1, code: 1, flags: 0 };
const transfers: Transfer[] = chain([{ ...leg, id: idOf('order', 17) }, { ...leg, id: idOf('order', 17, 'fee') }]);
const client: Client = {
  createTransfers: async (batch) => batch.map(() => ({ status: 4294967295, timestamp: 1n })),
  lookupTransfers: async () => [],
  getAccountTransfers: async (filter) => transfers.slice(0, filter.limit),
};
console.log(formatMoney(leg.amount, 2), await sendTransfers(client, transfers));
for await (const page of accountTransfersOf(client, { account_id: 1n })) console.log(page.length);
`;

test('every helper is in the guide', async () => {
  const guide = readFileSync(join(root, 'docs', 'guides', 'recipes.md'), 'utf8').split('<!-- recipes')[0]!;
  const names = Object.keys(await import('tallystick/helpers'));
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b${name}\\b`).test(guide)),
    [],
  );
});

test('the helpers run and compile beside nothing else, for records of tigerbeetle-node as well', () => {
  const folder = installed();
  try {
    assert.equal(existsSync(join(folder, 'node_modules', '@types')), false);
    const source = join(folder, 'program.mts');
    writeFileSync(source, program);
    const compiled = ts.createProgram([source], {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: [],
    });
    const { diagnostics } = compiled.emit();
    const messages = [...ts.getPreEmitDiagnostics(compiled), ...diagnostics].map(({ file, messageText }) => {
      return `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
    // The program asks for no console: it has no library of a browser's or of Node's.
    assert.deepEqual(
      messages.filter((message) => !message.includes("'console'")),
      [],
    );
    const printed = execFileSync(process.execPath, [join(folder, 'program.mjs')], { cwd: folder, encoding: 'utf8' });
    assert.equal(printed, '12.50 { created: 2, existed: 0 }\n2\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the recipes run against the packed files, with the dependencies that a user gets', () => {
  const folder = installed();
  try {
    for (const name of Object.keys(manifest.dependencies)) {
      const to = join(folder, 'node_modules', name);
      mkdirSync(dirname(to), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), to);
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const recipes = join(root, 'dist', 'examples', 'recipes');
    // Payroll is the longest by far, and runs elsewhere.
    const names = readdirSync(recipes).filter((name) => name.endsWith('.js') && name !== 'payroll.js');
    assert.ok(names.length > 0);
    for (const name of names) {
      cpSync(join(recipes, name), join(folder, name));
      const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
      const printed = execFileSync(process.execPath, [name], { cwd: folder, encoding: 'utf8', env });
      assert.notEqual(printed, '', name);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
