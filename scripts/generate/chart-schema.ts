/** The chart's values.schema.json: what `helm install --set` may say. Settings come from the server's keys. */
import { type KeyName, type Kind, keyNames, keys } from '../../packages/server/src/config/index.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What the chart says itself, in variables, which count before the file. */
const OWN: readonly KeyName[] = [
  ...['folder', 'create', 'host', 'socket', 'takeOver', 'shards', 'node.id'],
  ...['cluster.nats', 'cluster.monitors', 'cluster.ips', 'metrics.host', 'metrics.token'],
  ...['tcp.port', 'grpc.port', 'http.port', 'msgpack.port', 'metrics.port', 'tls.certificate', 'tls.key'],
  ...['tokens.jwks', 'tokens.issuer', 'tokens.audience', 'tokens.static', 'tokens.staticRole'],
] as KeyName[];

const text: Schema = { type: 'string', minLength: 1 };
const anyText: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const quantity: Schema = { type: 'string', pattern: '^[0-9]+(Mi|Gi|Ti)$' };
const span: Schema = { type: 'string', pattern: '^[0-9]+h$' };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const open: Schema = { type: 'object' };

function objectOf(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties,
  };
}

function schemaOf(kind: Kind): Schema {
  switch (kind.is) {
    case 'count':
      return { type: 'integer', minimum: kind.min, maximum: kind.max };
    case 'choice':
      return { enum: kind.of };
    case 'choices':
      return listOf({ enum: kind.of });
    case 'list':
    case 'ranges':
    case 'origins':
      return listOf(text);
    case 'switch':
      return flag;
    case 'ratio':
      // `--set` makes texts of fractions.
      return {
        anyOf: [
          { type: 'number', minimum: 0, maximum: 1 },
          { type: 'string', pattern: '^[0-9]*[.]?[0-9]+$' },
        ],
      };
    case 'duration':
      return { anyOf: [{ type: 'number', minimum: 0 }, text] };
    case 'port':
      return { anyOf: [{ type: 'integer', minimum: 0, maximum: 65_535 }, { const: 'off' }] };
    case 'u128':
      return { anyOf: [{ type: 'integer', minimum: 0 }, text] };
    case 'url':
      return { type: 'string', pattern: '^https?://' };
    case 'text':
    case 'path':
    case 'address':
    case 'keys':
      return text;
  }
}

interface Tree {
  [name: string]: Tree | Schema;
}

/** Settings as the server's file has them: `lanes.high.credit` stands in `lanes`, in `high`. */
function settings(): Schema {
  const tree: Tree = {};
  for (const name of keyNames.filter((each) => !OWN.includes(each))) {
    const parts = name.split('.');
    let at = tree;
    for (const part of parts.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Tree;
    }
    at[parts.at(-1)!] = { description: keys[name].about, ...schemaOf(keys[name].kind) };
  }
  return closed(tree);
}

function closed(tree: Tree): Schema {
  const properties = Object.entries(tree).map(([name, value]) => {
    const isSetting = typeof value.description === 'string';
    return [name, isSetting ? (value as Schema) : closed(value as Tree)] as const;
  });
  return objectOf(Object.fromEntries(properties));
}

export function printChartSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Printed by scripts/generate.ts from packages/server/src/config/keys.ts and chart-schema.ts.',
    ...objectOf(
      {
        global: open,
        image: objectOf({ repository: text, tag: text, pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] } }),
        natsImage: text,
        replicas: { enum: [3, 5], description: 'An even number can lose no more than the odd one below it.' },
        addresses: listOf(text),
        storage: objectOf({ class: anyText, ledger: quantity, order: quantity }),
        tokens: {
          ...objectOf({ jwks: anyText, secret: anyText, issuer: text, audience: text }, ['issuer', 'audience']),
          anyOf: [{ properties: { jwks: { pattern: '^https://' } } }, { properties: { secret: { minLength: 1 } } }],
        },
        metricsSecret: anyText,
        certificates: objectOf({
          issuer: objectOf({ name: anyText, kind: { enum: ['Issuer', 'ClusterIssuer'] } }),
          duration: span,
          renewBefore: span,
        }),
        doors: objectOf({ grpc: flag, http: flag, msgpack: flag }),
        config: settings(),
        clients: listOf(open),
        watchers: listOf(open),
        serviceMonitor: flag,
        prometheusRule: flag,
        dashboard: flag,
        resources: open,
        natsResources: open,
      },
      ['tokens'],
    ),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
