#!/usr/bin/env node
/** `simulated-bank FOLDER --iban IBAN`: the simulated bank as a program, until it is told to end. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Assets, unitsOf } from '../base/assets.ts';
import { BankServer } from './server.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    iban: { type: 'string', default: 'NL41MOCK0000000001' },
    asset: { type: 'string', default: 'EUR' },
    balance: { type: 'string', default: '100000.00' },
    day: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    port: { type: 'string', default: '0' },
    'lose-every': { type: 'string', default: '0' },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write('simulated-bank FOLDER [--iban IBAN] [--balance 100000.00] [--day 2026-12-01] [--port 0]\n');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const asset = new Assets().byCode(values.asset);
const server = await BankServer.open({
  folder,
  account: { iban: values.iban, asset },
  balance: unitsOf(values.balance, asset, 'balance'),
  day: values.day,
  loseEvery: Number(values['lose-every']),
});
const port = await server.listen(Number(values.port));
process.stdout.write(`a simulated bank, connected to nothing: http://127.0.0.1:${port}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
