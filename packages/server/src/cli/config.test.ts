import '../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { flagOf, keyNames, keys, loadConfiguration } from '../config/index.ts';
import { addConfigurationOptions, configurationFlags } from './config-options.ts';
import { configurationJson, configurationTable } from './config-print.ts';

test('every key but the folder has a flag that the command line knows', () => {
  const command = addConfigurationOptions(new Command('x').exitOverride());
  const names = keyNames.filter((name) => name !== 'folder');
  const args = names.flatMap((name) =>
    keys[name].kind.is === 'switch' ? [flagOf(name)] : [flagOf(name), `value of ${name}`],
  );
  command.parse(args, { from: 'user' });
  const flags = configurationFlags(command.opts());
  for (const name of names) {
    assert.equal(flags[name], keys[name].kind.is === 'switch' ? true : `value of ${name}`);
  }
  assert.deepEqual(
    configurationFlags(addConfigurationOptions(new Command('y')).parse([], { from: 'user' }).opts()),
    {},
  );
});

test('secrets that are in force are not printed', () => {
  const secrets = { TALLYSTICK_TOKENS_STATIC: 'open-sesame-open-sesame', TALLYSTICK_METRICS_TOKEN: 'sesame' };
  const loaded = loadConfiguration({ flags: {}, environment: secrets, cwd: import.meta.dirname });
  for (const printed of [configurationTable(loaded), configurationJson(loaded)]) {
    assert.ok(!printed.includes('sesame'));
    assert.ok(printed.includes('(set)'));
  }
});
