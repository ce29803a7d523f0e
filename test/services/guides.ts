/** Guides of services, typed as they stand there: the shell's blocks at a server, then the programs. */
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

const root = join(import.meta.dirname, '..', '..', '..');

/** When something was done is another time each time; what is indented goes on with the line before. */
const timeless = (text: string): string => {
  return text
    .replaceAll(/\n +/g, '')
    .replaceAll(/"(at|cursor)":"\d+"/g, '"$1":"…"')
    .trim();
};

/** Registers the tests of a page. `more`: settings of the server that it starts. */
export function testGuide(page: string, more: readonly string[], blocksMin: number): string {
  const guide = readFileSync(join(root, page), 'utf8');
  test(`what ${page} types is answered as it says`, async () => {
    const blocks = [...guide.matchAll(/^```sh\n((?:(?!```)[\s\S])*)^```\n^```json\n([\s\S]*?)^```/gm)];
    assert.ok(blocks.length >= blocksMin);
    await withDoor(more, async (door) => {
      for (const [, typed, answered] of blocks) {
        const command = typed!.replaceAll('localhost:8080', door).replaceAll('curl -s', "curl -s -w '\\n'");
        const { stdout } = await promisify(execFile)('bash', ['-euc', command], { encoding: 'utf8' });
        assert.equal(timeless(stdout), timeless(answered!));
      }
    });
  });
  for (const [index, [, program]] of [...guide.matchAll(/^```typescript\n([\s\S]*?)^```/gm)].entries()) {
    test(`program ${index + 1} of ${page} prints what its comments say`, async () => {
      if (!program!.includes('localhost:8080')) return prints(program!);
      await withDoor(more, (door) => prints(program!.replaceAll('localhost:8080', door)));
    });
  }
  return guide;
}

/** `act` gets the name and port of the HTTP door of a server with payments. */
async function withDoor(more: readonly string[], act: (door: string) => Promise<void> | void): Promise<void> {
  const args = ['--services', 'payments', '--http-port', '0', '--grpc-port', 'off', '--metrics-port', 'off', ...more];
  const served = await Served.start(temporaryFolder(), { args });
  try {
    await act(served.urls.find((url) => url.startsWith('http:'))!.slice('http://'.length));
  } finally {
    await served.end();
  }
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
