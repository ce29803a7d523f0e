/** The guide's commands, with grpcurl where it is installed, and else with a program of ours that speaks its words. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../support/folders.ts';
import { GRPC_PAGE, runPage } from '../../support/shell-page.ts';

const installed = spawnSync('grpcurl', ['-version']).status === 0;
const folder = temporaryFolder();
if (!installed) {
  const program = join(folder, 'grpcurl');
  const standIn = join(import.meta.dirname, '..', '..', 'support', 'grpcurl.js');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`);
  chmodSync(program, 0o755);
}

test(`the guide's commands do what it says, with ${installed ? 'grpcurl' : 'a stand-in for grpcurl'}`, async (t) => {
  const { status, output, commands } = await runPage(GRPC_PAGE, folder);
  t.diagnostic(installed ? 'grpcurl' : 'grpcurl is not installed: a stand-in was used');
  assert.ok(commands > 4);
  assert.equal(status, 0, output);
});
