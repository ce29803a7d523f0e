/** Prints docs/operating/configuration.md from the keys. */
import { flagOf, type KeyName, keyNames, keys, variableOf, wants } from '../../packages/server/src/config/index.ts';
import { markdownTable } from './markdown.ts';

function presetOf(name: KeyName): string {
  const { preset } = keys[name];
  if (preset === undefined || (Array.isArray(preset) && preset.length === 0)) return '';
  return `\`${preset}\``;
}

const headings: readonly (readonly [group: string, title: string])[] = [
  ['', 'The ledger'],
  ['node', 'Node and cluster'],
  ['cluster', ''],
  ['tcp', 'Doors'],
  ['grpc', ''],
  ['msgpack', ''],
  ['http', ''],
  ['payments', ''],
  ['gateway', ''],
  ['webhooks', ''],
  ['metrics', 'Metrics'],
  ['tls', 'TLS'],
  ['acme', ''],
  ['tokens', 'Tokens'],
  ['signIn', ''],
  ['identity', 'Identities, policy, audit and secrets'],
  ['policy', ''],
  ['audit', ''],
  ['vault', ''],
  ['limits', 'Limits'],
  ['lanes', 'Lanes'],
  ['log', 'Logs and traces'],
  ['traces', ''],
];

/** `host` speaks of the doors. */
const groupOf = (name: KeyName): string => (name === 'host' ? 'tcp' : name.includes('.') ? name.split('.')[0]! : '');

export function printConfiguration(): string {
  const sections: { title: string; names: KeyName[] }[] = [];
  for (const [group, title] of headings) {
    if (title !== '') sections.push({ title, names: [] });
    sections.at(-1)!.names.push(...keyNames.filter((name) => groupOf(name) === group));
  }
  const tables = sections.map(({ title, names }) => {
    const rows = names.map((name) => [
      `<a id="${name}"></a>\`${name}\``,
      name === 'folder' ? 'the argument' : `\`${flagOf(name)}\``,
      `\`${variableOf(name)}\``,
      presetOf(name),
      `${keys[name].about} Takes ${wants(keys[name].kind)}.${keys[name].secret ? ' Never printed.' : ''}`,
    ]);
    return `## ${title}\n\n${markdownTable(['key', 'flag', 'variable', 'default', 'meaning'], rows)}\n`;
  });
  return `<!-- Printed by scripts/generate.ts from packages/server/src/config: change that, then \`npm run generate\`. -->

# Configuration

\`tallystick serve FOLDER\` takes every setting from the first of these that has it:

1. a flag: \`--grpc-port 50052\`
2. a variable: \`TALLYSTICK_GRPC_PORT=50052\`
3. a file, \`--config FILE\`, \`TALLYSTICK_CONFIG\`, or \`tallystick.json\` in the current folder:
   \`\`\`json
   { "grpc": { "port": 50052 }, "lanes": { "normal": { "credit": 65536 } } }
   \`\`\`
4. its default

\`tallystick config [FOLDER] [--json]\`, with the same flags, prints the settings in force and where each value came from.
It shows secrets as \`(set)\`. Keep secrets in files, variables or OpenBao, and [refer to
them](../guides/identity-openbao.md): everybody who may list processes sees flags.

The server checks every setting before it starts anything. It reports all problems at once, each with its key and where
the value came from, as [configuration_invalid](../reference/errors.md#configuration_invalid). An unknown key, or an
unknown variable that begins with \`TALLYSTICK_\`, is a problem too; variables that
[describe a client's connection](../guides/connect.md#one-description-of-a-connection) are left to clients. In
Kubernetes set \`enableServiceLinks: false\`: otherwise a service called \`tallystick-grpc\` puts a
\`TALLYSTICK_GRPC_PORT\` of its own into every container.

Doors are closed by default: to listen beyond loopback, \`host\` needs TLS, and tokens or client certificates;
\`metrics.host\` needs TLS, and \`metrics.token\`, tokens or client certificates.

${tables.join('\n')}`;
}
