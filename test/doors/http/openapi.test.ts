/**
 * The OpenAPI document: its examples are what a server answers, a linter finds nothing in it, and a client that a
 * program makes of it compiles and works. `$OPENAPI_TOOLS` is a `node_modules` with @redocly/cli, openapi-typescript
 * and openapi-fetch, which npm does not install here; without it those tests skip.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { examples } from '../../../packages/server/src/server/http/openapi/examples.ts';
import { openApi, routes } from '../../../packages/server/src/server/index.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { call, startHttp } from '../../support/http.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const printed = join(root, 'docs', 'reference', 'openapi.json');

interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Not in this thread's way: a server in it answers. */
function run(command: string, words: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...words], {
      cwd,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output, errors }));
  });
}

/** Times are the server's own. */
function timeless(text: string): unknown {
  return JSON.parse(text.replace(/"\d{19}"/g, '"nanoseconds"').replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"date"'));
}

test('every route that asks the ledger has an example, and a server answers each as the document says', async () => {
  assert.deepEqual(
    routes.filter(({ asks, told }) => asks.length > 0 && told.example === undefined),
    [],
  );
  const [, base, close] = await startHttp();
  try {
    for (const [name, { body, query = '', answer }] of Object.entries(examples)) {
      const route = routes.find(({ told }) => told.operationId === name);
      assert.ok(route !== undefined, name);
      const id = name.includes('transfer') && route.path.startsWith('/v1/transfers') ? '100' : '1';
      const heard = await call(base, route.method, route.path.replace('{id}', id) + query, body);
      assert.equal(heard.status, 200, `${name}: ${heard.text}`);
      assert.deepEqual(timeless(heard.text), timeless(JSON.stringify(answer)), name);
    }
  } finally {
    await close();
  }
});

test('the server sends what is printed', async () => {
  const [, base, close] = await startHttp();
  const { json } = await call(base, 'GET', '/openapi.json');
  await close();
  assert.deepEqual(json, JSON.parse(JSON.stringify(openApi(routes))));
});

const tools = process.env.OPENAPI_TOOLS;
/** Why a test that needs packages is skipped; undefined: they are there. */
function absent(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => tools === undefined || !existsSync(join(tools, name)));
  return missing.length === 0 ? undefined : `$OPENAPI_TOOLS has no ${missing.join(', ')}`;
}

test('a linter finds neither an error nor a warning in it', { timeout: 120_000 }, async (t) => {
  const why = absent('@redocly/cli');
  if (why !== undefined) return t.skip(why);
  const redocly = join(tools!, '@redocly', 'cli', 'bin', 'cli.js');
  const folder = temporaryFolder();
  const { status, output, errors } = await run(redocly, ['lint', printed, '--format', 'json'], folder);
  assert.equal(status, 0, errors);
  const { totals } = JSON.parse(output) as { readonly totals: { readonly errors: number; readonly warnings: number } };
  assert.deepEqual([totals.errors, totals.warnings], [0, 0], output);
  // The same linter does see a mistake.
  const wrong = structuredClone(openApi(routes)) as { paths: { [path: string]: { get: { operationId?: string } } } };
  wrong.paths['/v1/accounts']!.get.operationId = 'list_transfers';
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong));
  assert.equal((await run(redocly, ['lint', 'wrong.json'], folder)).status, 1);
});

const CLIENT = `import createClient from 'openapi-fetch';
import type { paths } from './ledger.js';

const ledger = createClient<paths>({ baseUrl: process.argv[2]! });
const made = await ledger.POST('/v1/create_accounts', {
  body: [{ id: '1', ledger: 840, code: 100 }, { id: '2', ledger: 840, code: 400, flags: ['history'] }],
});
const moved = await ledger.POST('/v1/create_transfers', {
  body: [{ id: '100', debit_account_id: '1', credit_account_id: '2', amount: '1250', ledger: 840, code: 1 }],
  params: { header: { 'Idempotency-Key': 'the-first' } },
});
const status: 'created' | 'exists' | string | undefined = moved.data?.[0]?.status;
const found = await ledger.GET('/v1/accounts/{id}', { params: { path: { id: '2' } } });
const credits: string | undefined = found.data?.credits_posted;
const page = await ledger.GET('/v1/transfers', { params: { query: { ledger: 840, limit: 10 } } });
const absent = await ledger.GET('/v1/accounts/{id}', { params: { path: { id: '3' } } });
console.log([made.data?.length, status, credits, page.data?.transfers[0]?.amount, absent.error?.code].join(' '));
`;

/** An account without its ledger. */
const WRONG = `import createClient from 'openapi-fetch';
import type { paths } from './ledger.js';

const ledger = createClient<paths>({ baseUrl: '' });
await ledger.POST('/v1/create_accounts', { body: [{ id: '1', code: 1 }] });
`;

test('a client that is made of it compiles, refuses what is wrong, and works', { timeout: 240_000 }, async (t) => {
  const why = absent('openapi-typescript', 'openapi-fetch');
  if (why !== undefined) return t.skip(why);
  const folder = temporaryFolder();
  symlinkSync(tools!, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const make = join(tools!, 'openapi-typescript', 'bin', 'cli.js');
  const made = await run(make, [printed, '-o', 'ledger.ts'], folder);
  assert.equal(made.status, 0, made.errors);
  const compile = (program: string): Promise<Ran> => {
    writeFileSync(join(folder, 'program.ts'), program);
    const options =
      '--strict --exactOptionalPropertyTypes --module nodenext --target es2022 --lib es2022,dom --skipLibCheck';
    const types = `--types node --typeRoots ${join(root, 'node_modules', '@types')}`;
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    return run(tsc, [...`${options} ${types}`.split(' '), 'program.ts'], folder);
  };
  const wrong = await compile(WRONG);
  assert.deepEqual(wrong.output.match(/^program\.ts\(\d+/gm), ['program.ts(5'], wrong.output);
  const compiled = await compile(CLIENT);
  assert.equal(compiled.status, 0, compiled.output);
  const [, base, close] = await startHttp();
  try {
    const { output, errors } = await run('program.js', [base], folder);
    assert.equal(output.trim(), '2 created 1250 1250 not_found', errors);
  } finally {
    await close();
  }
});
