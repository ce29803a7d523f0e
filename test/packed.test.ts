/** The package as npm packs it: what `exports` names is in it, and the helpers load without any other package. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { temporaryFolder } from './support/folders.ts';
import { installCore, manifestOf } from './support/packages.ts';

const root = join(import.meta.dirname, '..', '..');

const manifest = manifestOf('.');
const folder = temporaryFolder();
const installed = installCore(folder);

test('every door of the package is in it, with its types', () => {
  const doors = Object.entries(manifest.exports);
  assert.deepEqual(
    doors.map(([door]) => door),
    ['.', './client', './books', './archive', './testing', './helpers', './internal', './internal/*'],
  );
  for (const [door, { types, default: program }] of doors) {
    const one = (path: string): string => path.replace('*', 'wire');
    for (const path of [types, program]) assert.ok(existsSync(join(installed, one(path))), `${door}: ${path}`);
    const resolved = import.meta.resolve(one(door.replace('.', 'tallystick')));
    assert.equal(fileURLToPath(resolved), join(root, one(program)));
  }
});

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
});

test("recipes and a newcomer's programs run against the packed files, and nothing else", () => {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const examples = join(root, 'dist', 'examples');
  const programs = ['recipes', 'newcomer'].flatMap((each) =>
    readdirSync(join(examples, each))
      // Payroll is the longest by far, and runs elsewhere.
      .filter((name) => name.endsWith('.js') && name !== 'payroll.js')
      .map((name) => join(each, name)),
  );
  assert.ok(programs.length > 10);
  for (const path of programs) {
    const name = path.replace('/', '-');
    cpSync(join(examples, path), join(folder, name));
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const printed = execFileSync(process.execPath, [name], { cwd: folder, encoding: 'utf8', env });
    assert.notEqual(printed, '', name);
  }
});
