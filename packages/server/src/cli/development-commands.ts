/**
 * The commands that make keys, certificates and tokens for development: registered here, loaded when they are called.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration, integer } from './arguments.ts';
import type { CertificateOptions } from './development/certificate.ts';
import type { TokenOptions } from './development/token.ts';

const ROLES = ['read', 'write', 'admin'] as const;
/** Default of `tokens.longestLife`: a server refuses a token that is good for longer. */
const LIFE_MS_MAX = 24 * 3_600_000;
const DAYS_MAX = 90;
const LEDGER_MAX = 2 ** 32 - 1;

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

function names(text: string): string[] {
  const all = words(text);
  if (all.every((name) => /^[\w*][\w.:*-]*$|^::/.test(name))) return all;
  throw new InvalidArgumentError('Give names and addresses, separated by commas: ledger.example,10.0.0.5');
}

function life(text: string): number {
  const milliseconds = duration(text);
  if (milliseconds >= 1000 && milliseconds <= LIFE_MS_MAX) return milliseconds;
  throw new InvalidArgumentError('Give a duration from 1s to 24h: servers refuse tokens that are good for longer.');
}

export function addDevelopmentCommands(program: Command): void {
  program
    .command('certificate')
    .description('for development: make an authority, and a certificate of a server or a client that it signs')
    .argument('<folder>', 'where the files are, and the authority, if there is one')
    .option('--server <names>', 'names and addresses of the server (default: localhost,127.0.0.1,::1)', names)
    .option('--client <subject>', 'a certificate for a client; tls.roles calls it CN=<subject>')
    .option('--peer <names>', 'a certificate for a machine that is a client of its like as well, by its names', names)
    .option('--days <n>', 'how long it is good', integer(1, DAYS_MAX), 30)
    .action(async (folder: string, options: CertificateOptions) => {
      const { certificate } = await import('./development/certificate.ts');
      await certificate(folder, options);
    });

  program
    .command('verify-release')
    .description('compare the files of a release with the statement that was signed; exit code 1 if they differ')
    .argument('<folder>', 'the files of a release, and nothing else')
    .requiredOption('--key <file>', 'the public key of releases (ed25519, PEM)')
    .action(async (folder: string, options: { key: string }) => {
      const { verifyRelease } = await import('./verify-release.ts');
      process.exitCode = verifyRelease(folder, options);
    });

  program
    .command('token')
    .description('for development: print a token, and make the keys that sign and check it')
    .argument('<folder>', 'where the keys are: jwks.json is for tokens.jwks')
    .option('--subject <name>', 'who shows it (`sub`)', 'developer')
    .addOption(new Option('--role <role>', 'what it allows').choices(ROLES).default('write'))
    .addOption(
      new Option('--expires <time>', 'how long it is good, 24h at most').argParser(life).default(3_600_000, '1h'),
    )
    .option('--ledgers <codes>', 'claim `ledgers`, for tokens.ledgersClaim: 840,978', (text: string) =>
      words(text).map(integer(1, LEDGER_MAX)),
    )
    .option('--audience <name>', 'who takes it: tokens.audience of the server', 'tallystick')
    .option('--rotate', 'sign with a new key; tokens of the keys before stay good')
    .option('--retire', 'take all keys but the newest out of jwks.json: their tokens are refused')
    .action(async (folder: string, options: TokenOptions) => {
      const { token } = await import('./development/token.ts');
      await token(folder, options);
    });
}
