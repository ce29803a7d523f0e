/** A flag for every key, and back again. */
import { type Command, Option } from 'commander';
import { formatDuration } from 'tallystick/internal/base';
import { flagOf, type KeyName, keyNames, keys } from '../config/keys.ts';

/** What a flag's value is called in help. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  count: 'n',
  port: 'n',
  ratio: 'n',
  u128: 'id',
  choice: 'name',
  path: 'path',
  keys: 'address',
  url: 'address',
  list: 'addresses',
  ranges: 'addresses',
  choices: 'names',
  duration: 'time',
};

/** Headings of help, by the first word of a key. */
const GROUPS: Readonly<Record<string, string>> = {
  node: 'Node and cluster:',
  cluster: 'Node and cluster:',
  host: 'Doors:',
  socket: 'Doors:',
  tcp: 'Doors:',
  grpc: 'Doors:',
  msgpack: 'Doors:',
  http: 'Doors:',
  services: 'Services:',
  payments: 'Services:',
  records: 'Services:',
  recordsPassword: 'Services:',
  recordsConnections: 'Services:',
  webhooks: 'Services:',
  console: 'Doors:',
  limits: 'Doors:',
  identity: 'Security:',
  tls: 'Security:',
  acme: 'Security:',
  tokens: 'Security:',
  lanes: 'Lanes:',
  metrics: 'Observers:',
  policy: 'Security:',
  audit: 'Security:',
  vault: 'Security:',
  log: 'Observers:',
  traces: 'Observers:',
};

const flagged = keyNames.filter((name) => name !== 'folder');

/**
 * Values are checked when the configuration is loaded, not here: a bad flag is told together with what is bad
 * elsewhere.
 */
export function addConfigurationOptions(command: Command): Command {
  command.option('--config <file>', 'settings in JSON (default: tallystick.json in this folder, if there is one)');
  for (const name of flagged) command.addOption(optionOf(name));
  return command;
}

function optionOf(name: KeyName): Option {
  const { kind, preset, about } = keys[name];
  const value = kind.is === 'switch' ? '[true|false]' : `<${PLACEHOLDERS[kind.is] ?? 'text'}>`;
  const text = kind.is === 'duration' ? formatDuration(preset as number) : String(preset);
  const shown = preset === undefined || kind.is === 'switch' || text === '' ? '' : ` (default: ${text})`;
  const option = new Option(`${flagOf(name)} ${value}`, `${about.replaceAll('`', '')}${shown}`);
  return option.helpGroup(GROUPS[name.split('.')[0]!] ?? 'The ledger:');
}

/** From commander's options to {@link loadConfiguration}'s flags. */
export function configurationFlags(options: Readonly<Record<string, unknown>>): Partial<Record<KeyName, unknown>> {
  const flags: Partial<Record<KeyName, unknown>> = {};
  for (const name of flagged) {
    const value = options[attributeOf(name)];
    // A switch without a value is on.
    if (value !== undefined) flags[name] = value;
  }
  return flags;
}

/** `--grpc-port` is called `grpcPort` by commander. */
function attributeOf(name: KeyName): string {
  return flagOf(name)
    .slice(2)
    .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
