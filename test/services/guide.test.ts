/**
 * The guide of payments does what it says, typed as it stands there: the shell's blocks at a server, then the program.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import ts from 'typescript';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';
import { PAYMENTS_PAGE } from '../support/shell-page.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const guide = readFileSync(join(root, PAYMENTS_PAGE), 'utf8');

/** When something was done is another time each time; what is indented goes on with the line before. */
const timeless = (text: string): string => {
  return text
    .replaceAll(/\n +/g, '')
    .replaceAll(/"at":"\d+"/g, '"at":"…"')
    .trim();
};

test('what the guide types is answered as the guide says', async () => {
  const blocks = [...guide.matchAll(/^```sh\n((?:(?!```)[\s\S])*)^```\n^```json\n([\s\S]*?)^```/gm)];
  assert.ok(blocks.length >= 4);
  await withDoor(temporaryFolder(), async (door) => {
    for (const [, typed, answered] of blocks) {
      const command = typed!.replaceAll('localhost:8080', door).replaceAll('curl -s', "curl -s -w '\\n'");
      const { stdout } = await promisify(execFile)('bash', ['-euc', command], { encoding: 'utf8' });
      assert.equal(timeless(stdout), timeless(answered!));
    }
  });
});

/** `act` gets the name and port of the HTTP door of a server with payments. */
async function withDoor(folder: string, act: (door: string) => Promise<void> | void): Promise<void> {
  const args = ['--services', 'payments', '--http-port', '0', '--grpc-port', 'off', '--metrics-port', 'off'];
  const served = await Served.start(folder, { args });
  try {
    await act(served.urls.find((url) => url.startsWith('http:'))!.slice('http://'.length));
  } finally {
    await served.end();
  }
}

for (const [index, [, program]] of [...guide.matchAll(/^```typescript\n([\s\S]*?)^```/gm)].entries()) {
  test(`program ${index + 1} of the guide prints what its comments say`, async () => {
    if (!program!.includes('localhost:8080')) return prints(program!);
    await withDoor(temporaryFolder(), (door) => prints(program!.replaceAll('localhost:8080', door)));
  });
}

function prints(program: string): void {
  const place = (path: string): string => JSON.stringify(join(root, 'dist', path));
  const source = program
    .replace("'tallystick'", place('src/index.js'))
    .replace("'@tallystick/services/client'", place('packages/services/src/client/index.js'))
    .replace("'@tallystick/services'", place('packages/services/src/index.js'));
  const options = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  const cwd = mkdtempSync(join(tmpdir(), 'tallystick-guide-'));
  try {
    writeFileSync(join(cwd, 'program.mjs'), ts.transpileModule(source, { compilerOptions: options }).outputText);
    const printed = execFileSync(process.execPath, ['program.mjs'], { cwd, encoding: 'utf8', timeout: 60_000 });
    const values = printed.replaceAll('\n}', ' }');
    const promised = [...program.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text!);
    assert.ok(promised.length >= 3);
    // An object has what the comment says, and may have more.
    for (const text of promised) {
      const parts = text.startsWith('{') ? text.slice(2, -2).split(', ') : [text];
      for (const part of parts) assert.ok(values.includes(part), `${part} is not in ${printed}`);
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

test('the guide names every path and every verb', async () => {
  const { Payments } = await import('../../packages/services/src/index.ts');
  for (const verb of Object.getOwnPropertyNames(Payments.prototype)) {
    if (['constructor', 'through', 'as', 'ask'].includes(verb)) continue;
    assert.ok(guide.includes(`\`${verb}\``) || guide.includes(`payments.${verb}(`), verb);
  }
});
