/** `ai serve` asks who comes by the server's own settings, secrets among them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { temporaryFolder } from '../../../../test/support/folders.ts';

const TOKEN = 'a-token-of-the-environment';
const REFERENCE = 'env:A_LEDGERS_TOKEN';

test('a token that the settings refer to is the one that is taken, and the reference is none', async () => {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  mkdirSync(models);
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ tokens: { static: REFERENCE } }));
  const server = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'main.js'),
      ...['ai', 'serve', '--listen', '127.0.0.1:0', '--models', models, '--config', config],
    ],
    { env: { ...process.env, A_LEDGERS_TOKEN: TOKEN }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  const hear = async (): Promise<string> => {
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8');
    server.stderr.on('data', (text: string) => {
      said += text;
    });
    for await (const line of createInterface({ input: server.stdout })) {
      const address = /at (http:\/\/[\d.:]+)\/v2/.exec(line)?.[1];
      if (address !== undefined) return address;
    }
    throw new Error(`no address: ${said}`);
  };
  try {
    const address = await hear();
    const asked = async (token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${address}/v2`, { headers })).status;
    };
    assert.equal(await asked(TOKEN), 200);
    assert.equal(await asked(REFERENCE), 401);
    assert.equal(await asked('b-token-of-the-environment'), 401);
  } finally {
    server.kill();
    await once(server, 'exit');
  }
});
