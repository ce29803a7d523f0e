/** `tallystick identity …`: who may do what. Registered here, loaded when it is called. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration, integer } from './arguments.ts';
import { addConfigurationOptions } from './config-options.ts';
import type { ExplainOptions } from './identity/credentials.ts';
import type { CreateKeyOptions, NamesOptions } from './identity/keys.ts';

const LEDGER_MAX = 2 ** 32 - 1;
const CODE_MAX = 65_535;
const TENANT_MAX = 2 ** 20 - 1;
const FILE = 'the identity file: identity.file of the server';
const CREDENTIAL = 'file that holds the token or key; without it, it is read from stdin';

const words = (text: string): string[] => text.split(',').map((word) => word.trim());
const tenant = (text: string): string | number => (/^\d+$/.test(text) ? integer(0, TENANT_MAX)(text) : text);

function ledgers(text: string): (string | number)[] {
  return words(text).map((word) => {
    if (/^\d+-\d+$/.test(word)) return word;
    if (!/^\d+$/.test(word)) throw new InvalidArgumentError('Give codes and ranges: 840,28672-32767');
    return integer(1, LEDGER_MAX)(word);
  });
}

/** `till=transfers:write,accounts:read` */
function assignment(text: string, before: readonly [string, string][] = []): [string, string][] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give a name, = and what it means.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

export function addIdentityCommands(program: Command): void {
  const identity = program.command('identity').description('who may do what: API keys, roles, tenants, credentials');
  addKeyCommands(identity);
  addCredentialCommands(identity);
}

function addKeyCommands(identity: Command): void {
  identity
    .command('create-key')
    .description('make an API key and print it, this once; the file is made if it is absent, and a pepper beside it')
    .argument('<file>', FILE)
    .requiredOption('--subject <name>', 'whose key it is')
    .option('--role <role>', 'read, write, admin, or a role of the file', 'write')
    .option('--tenant <name>', 'its tenant: a number, or a name of the file', tenant)
    .option('--ledgers <codes>', 'ledgers that it may touch and see: 840,28672-32767', ledgers)
    .option('--accounts <prefixes>', 'how ids of its accounts begin, in hex: 7f3a,80', words)
    .option('--expires <time>', 'how long it is good: 24h, 90d', life)
    .option('--json', 'an object')
    .action(async (file: string, options: CreateKeyOptions) => {
      const { createKey } = await import('./identity/keys.ts');
      createKey(file, options);
    });

  identity
    .command('list')
    .description('list the API keys of an identity file, without their secrets, which are not there')
    .argument('<file>', FILE)
    .option('--json', 'an array')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { listKeys } = await import('./identity/keys.ts');
      listKeys(file, json === true);
    });

  identity
    .command('revoke')
    .description('revoke an API key: a server that watches the file asks whoever came by it to go')
    .argument('<file>', FILE)
    .argument('<key>', 'the key, or its id')
    .action(async (file: string, key: string) => {
      const { revokeKey } = await import('./identity/keys.ts');
      revokeKey(file, key);
    });

  identity
    .command('roles')
    .description('list roles and their scopes, or change those of an identity file')
    .argument('[file]', FILE)
    .option('--set <role=scopes>', 'a role of the file: till=transfers:write,accounts:read', assignment)
    .option('--remove <role>', 'take a role out of the file')
    .option('--json', 'an object')
    .action(async (file: string | undefined, options: NamesOptions) => {
      const { roles } = await import('./identity/keys.ts');
      roles(file, options);
    });

  identity
    .command('tenants')
    .description('list tenants and their ledgers, or change those of an identity file')
    .argument('<file>', FILE)
    .option('--set <name=number>', 'a tenant of the file, from 0 to 1048575: north=7', assignment)
    .option('--remove <name>', 'take a tenant out of the file')
    .option('--json', 'an object')
    .action(async (file: string, options: NamesOptions) => {
      const { tenants } = await import('./identity/keys.ts');
      tenants(file, options);
    });
}

function addCredentialCommands(identity: Command): void {
  addConfigurationOptions(
    identity
      .command('test-token')
      .description('say whom a server with these settings takes a token or key for, or why it refuses it')
      .addOption(new Option('--credential <file>', CREDENTIAL))
      .option('--json', 'an object'),
  ).action(async (options: Record<string, unknown>) => {
    const { testToken } = await import('./identity/credentials.ts');
    process.exitCode = await testToken(options);
  });

  addConfigurationOptions(
    identity
      .command('explain')
      .description('say whether a server with these settings lets a token or key do an operation, and why')
      .argument('<operation>', 'such as create_transfers')
      .addOption(new Option('--credential <file>', CREDENTIAL))
      .option('--ledger <code>', 'the ledger that the event or the filter names', integer(1, LEDGER_MAX))
      .option('--account <id>', 'the account that it names, in decimal or 0x and hex')
      .option('--code <code>', 'the code of the event, for the policy', integer(1, CODE_MAX))
      .option('--amount <amount>', 'the amount of the transfer, for the policy', digits)
      .option('--json', 'an object'),
  ).action(async (operation: string, options: Record<string, unknown> & ExplainOptions) => {
    const { explainDecision } = await import('./identity/credentials.ts');
    process.exitCode = await explainDecision(operation, options);
  });

  identity
    .command('who-am-i')
    .description('ask a server whom it takes the caller for; the token or key comes as for every other command')
    .argument('[address]', 'of the HTTP door, such as https://ledger.example:8080', 'http://127.0.0.1:8080')
    .addOption(new Option('--credential <file>', 'file that holds the token or key'))
    .option('--json', 'an object')
    .action(async (address: string, options: { credential?: string; json?: boolean }) => {
      const { whoAmI } = await import('./identity/who-am-i.ts');
      process.exitCode = await whoAmI(address, options);
    });
}

function digits(text: string): string {
  if (!/^\d{1,39}$/.test(text)) throw new InvalidArgumentError('Give whole digits.');
  return text;
}

/** A duration, or days. */
function life(text: string): number {
  const days = /^(\d{1,4})d$/.exec(text);
  return days === null ? duration(text) : Number(days[1]) * 24 * 3_600_000;
}
