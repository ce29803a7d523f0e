/**
 * Every attack at every door. While it lasts, callers who are known, old and new, are answered at every door, the
 * probes too, and the server holds no more than its limits; afterwards it holds what it held before.
 */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority, temporaryFolder } from '../../support/access.ts';
import { Attack } from '../../support/attacks/attacker.ts';
import { Besieged } from '../../support/attacks/besieged.ts';
import { columns } from '../../support/attacks/columns.ts';
import { rows } from '../../support/attacks/rows.ts';

const ROUNDS = 2;
const PAUSE_MS = 100;

let plain: Besieged;
let secure: Besieged;
const folder = temporaryFolder();
before(async () => {
  const authority = await Authority.make('ours');
  const { cert, key } = await authority.sign('ledger');
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.certificate, cert);
  writeFileSync(files.key, key);
  plain = await Besieged.start();
  secure = await Besieged.start(['--tls-certificate', files.certificate, '--tls-key', files.key], {
    tls: { ca: authority.cert },
  });
});
after(async () => {
  await plain.end();
  await secure.end();
  rmSync(folder, { recursive: true });
});

for (const { attack, tls, cells } of rows) {
  describe(attack, () => {
    for (const column of columns) {
      const cell = cells[column];
      if (typeof cell === 'string') {
        test(column, { skip: cell }, () => {});
        continue;
      }
      test(column, async () => {
        const besieged = tls === true ? secure : plain;
        const attacking = await Attack.begin({ attack, column, urls: besieged.server.urls });
        try {
          for (let round = 0; round < ROUNDS; round++) {
            await sleep(PAUSE_MS);
            await besieged.round();
            await besieged.check();
          }
        } finally {
          const { size, arrived } = await attacking.end();
          assert.ok(arrived >= size, `${arrived} attackers, not ${size}`);
        }
        await besieged.released();
      });
    }
  });
}
