/** What settings have to do with one another. Each broken rule is a sentence that names its key first. */
import { join } from 'node:path';
import { isLoopback } from 'tallystick/internal/base';
import { isTigerBeetle } from 'tallystick/internal/client';
import { type Configuration, type KeyName, keyNames } from './keys.ts';

export interface Broken {
  readonly key: KeyName;
  readonly why: string;
}

type Rule = (configuration: Configuration) => Broken | undefined;

const needs =
  (key: KeyName, ...others: KeyName[]): Rule =>
  (configuration) => {
    const missing = others.filter((other) => configuration[other] === undefined);
    if (configuration[key] === undefined || configuration[key] === false || missing.length === 0) return undefined;
    return { key, why: `goes with ${missing.join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not set` };
  };

/** What tokens and keys are told by, if the server asks for them at all. */
function credentials(configuration: Configuration): string | undefined {
  return configuration['tokens.issuer'] ?? configuration['tokens.static'] ?? configuration['identity.file'];
}

/** Settings that a ledger in a folder has, and one behind TigerBeetle has not. */
const WITH_FOLDERS = ['create', 'takeOver', 'shards', 'cluster.nats', 'services'] as const satisfies KeyName[];

function isOn(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value === true || (typeof value === 'number' && value > 1);
}

const rules: readonly Rule[] = [
  (configuration) =>
    configuration['http.origins'].length > 0 && configuration['http.port'] === 'off'
      ? { key: 'http.origins', why: 'goes with http.port, which is off' }
      : undefined,
  (configuration) =>
    configuration.services.length > 0 && configuration['http.port'] === 'off' && configuration['grpc.port'] === 'off'
      ? { key: 'services', why: 'goes with http.port or grpc.port, which are off' }
      : undefined,
  ...(['payments.controls', 'payments.screening', 'payments.rails', 'records', 'webhooks.key'] as const).map(
    (key): Rule => {
      return ({ services, [key]: value }) =>
        value !== undefined && !services.includes('payments')
          ? { key, why: 'goes with services, which has no payments' }
          : undefined;
    },
  ),
  needs('recordsPassword', 'records'),
  // The feed of a town may show a settlement behind changes that are younger: a cursor would pass it.
  (configuration) =>
    configuration['webhooks.key'] !== undefined && configuration.shards > 1
      ? { key: 'webhooks.key', why: 'goes with one shard' }
      : undefined,
  // A file for a bank is one chain of the ledger, and so is the cancellation that would race it.
  (configuration) =>
    configuration['payments.rails'] !== undefined && configuration.shards > 1
      ? { key: 'payments.rails', why: 'goes with one shard' }
      : undefined,
  (configuration) =>
    configuration['webhooks.allowed'].length > 0 && configuration['webhooks.key'] === undefined
      ? { key: 'webhooks.allowed', why: 'goes with webhooks.key, which is not set' }
      : undefined,
  (configuration) =>
    configuration.services.includes('gateway') !== (configuration['gateway.file'] !== undefined)
      ? { key: 'gateway.file', why: 'goes with the service gateway, and the service with it' }
      : undefined,
  (configuration) =>
    configuration.services.includes('gateway') && !configuration.services.includes('payments')
      ? { key: 'services', why: 'has gateway without payments, which it is for' }
      : undefined,
  (configuration) =>
    configuration.console && configuration['http.port'] === 'off'
      ? { key: 'console', why: 'goes with http.port, which is off' }
      : undefined,
  (configuration) =>
    configuration['cluster.nats'].length > 0 && configuration.folder === ':memory:'
      ? { key: 'cluster.nats', why: 'goes with a folder: a node keeps what the others agree on' }
      : undefined,
  ({ shardServers, folder, shards, services, 'cluster.nats': nats }) => {
    if (shardServers.length === 0) return undefined;
    const other = folder ?? (shards > 1 ? 'shards' : services.length > 0 ? 'services' : undefined);
    if (other === undefined && nats.length === 0) return undefined;
    return {
      key: 'shardServers',
      why: 'goes without folder, shards, services and cluster.nats: this server only passes on',
    };
  },
  (configuration) => {
    if (configuration.folder === undefined || !isTigerBeetle(configuration.folder)) return undefined;
    const key = WITH_FOLDERS.find((one) => isOn(configuration[one]));
    return key === undefined ? undefined : { key, why: 'goes with a folder, and folder is a TigerBeetle cluster' };
  },
  (configuration) => {
    const { 'node.id': node, 'cluster.ips': ips } = configuration;
    if (configuration['cluster.nats'].length === 0 || ips.length === 0 || node < ips.length) return undefined;
    return { key: 'cluster.ips', why: `has ${ips.length} addresses, and node.id is ${node}` };
  },
  needs('cluster.user', 'cluster.password'),
  needs('cluster.password', 'cluster.user'),
  needs('cluster.certificate', 'cluster.key'),
  needs('cluster.key', 'cluster.certificate'),
  ({ 'cluster.secret': secret }) =>
    secret !== undefined && !/^(file|env|vault):/.test(secret) && secret.length < 16
      ? { key: 'cluster.secret', why: 'must have 16 characters at least' }
      : undefined,
  (configuration) => {
    const file = acmeFile(configuration);
    if (file === undefined || configuration['tls.certificate'] === file) return undefined;
    return { key: 'acme.directory', why: 'does not go with tls.certificate and tls.key, whose place it takes' };
  },
  needs('acme.directory', 'acme.folder'),
  (configuration) => {
    const { 'acme.directory': directory, 'acme.names': names, 'acme.port': port } = configuration;
    if (directory === undefined) return undefined;
    if (names.length === 0) return { key: 'acme.directory', why: 'goes with acme.names, which is not set' };
    return port === 'off' ? { key: 'acme.port', why: 'must be open for acme.directory, and is off' } : undefined;
  },
  needs('acme.eabId', 'acme.directory', 'acme.eabKey'),
  needs('acme.eabKey', 'acme.eabId'),
  needs('tls.certificate', 'tls.key'),
  needs('tls.key', 'tls.certificate'),
  needs('tls.requireClientCertificate', 'tls.certificate', 'tls.ca'),
  needs('tls.crl', 'tls.ca'),
  needs('tls.roles', 'tls.certificate', 'tls.ca'),
  (configuration) =>
    configuration['tls.roles'] !== undefined && !configuration['tls.requireClientCertificate']
      ? { key: 'tls.roles', why: 'goes with tls.requireClientCertificate, which is false' }
      : undefined,
  needs('tokens.jwks', 'tokens.issuer', 'tokens.audience'),
  needs('tokens.issuer', 'tokens.audience'),
  needs('tokens.audience', 'tokens.issuer'),
  needs('tokens.ledgersClaim', 'tokens.issuer'),
  needs('tokens.accountsClaim', 'tokens.issuer'),
  needs('tokens.scopesClaim', 'tokens.issuer'),
  needs('tokens.tenantClaim', 'tokens.issuer'),
  needs('signIn.client', 'tokens.issuer', 'tokens.audience'),
  needs('signIn.secret', 'signIn.client'),
  needs('signIn.resource', 'signIn.client'),
  needs('signIn.address', 'signIn.client'),
  (configuration) => {
    const { 'signIn.client': client, 'signIn.scope': scope, 'tokens.issuer': issuer } = configuration;
    if (client === undefined || issuer === undefined) return undefined;
    if (!configuration.console) return { key: 'signIn.client', why: 'goes with console, which is false' };
    if (!/^https?:\/\/[^/]/.test(issuer)) {
      return { key: 'signIn.client', why: 'goes with a tokens.issuer that is an address' };
    }
    return scope.split(' ').includes('openid')
      ? undefined
      : { key: 'signIn.scope', why: 'must have openid among its scopes' };
  },
  needs('vault.roleId', 'vault.address', 'vault.secretIdFile'),
  needs('vault.secretIdFile', 'vault.roleId'),
  needs('vault.tokenFile', 'vault.address'),
  needs('audit.transit', 'vault.address'),
  needs('vault.kubernetesRole', 'vault.address'),
  needs('identity.pepper', 'identity.file'),
  (configuration) => {
    const { 'tokens.issuer': issuer, 'tokens.jwks': jwks } = configuration;
    if (issuer === undefined || jwks !== undefined || /^https?:\/\/[^/]/.test(issuer)) return undefined;
    return { key: 'tokens.issuer', why: 'goes with tokens.jwks: it is no address that could say where its keys are' };
  },
  (configuration) =>
    configuration['policy.url'] !== undefined && configuration['policy.wasm'] !== undefined
      ? { key: 'policy.url', why: 'does not go with policy.wasm: one policy is asked' }
      : undefined,
  ...(['policy.url', 'policy.wasm'] as const).map(
    (key): Rule =>
      (configuration) => {
        const asks = credentials(configuration) ?? configuration['tls.roles'];
        if (configuration[key] === undefined || asks !== undefined) return undefined;
        return { key, why: 'goes with tokens.issuer, identity.file or tls.roles: it is asked about known callers' };
      },
  ),
  (configuration) =>
    configuration['tokens.static'] !== undefined && configuration['tokens.issuer'] !== undefined
      ? { key: 'tokens.static', why: 'is for development; it does not go with tokens.issuer' }
      : undefined,
  (configuration) =>
    // What a reference stands for is looked at when it is known.
    configuration['tokens.static'] !== undefined &&
    !/^(file|env|vault):/.test(configuration['tokens.static']) &&
    configuration['tokens.static'].length < 16
      ? { key: 'tokens.static', why: 'must have 16 characters at least' }
      : undefined,
  (configuration) => {
    if (isLoopback(configuration.host)) return undefined;
    const missing = configuration['tls.certificate'] === undefined ? ['TLS (tls.certificate and tls.key)'] : [];
    const known = credentials(configuration);
    if (known === undefined && !configuration['tls.requireClientCertificate']) {
      missing.push(
        'tokens (tokens.issuer), API keys (identity.file) or client certificates (tls.requireClientCertificate)',
      );
    }
    return missing.length === 0
      ? undefined
      : { key: 'host', why: `is beyond this machine, which takes ${missing.join(', and ')}` };
  },
  (configuration) => {
    if (configuration['metrics.port'] === 'off' || isLoopback(configuration['metrics.host'])) return undefined;
    const known = configuration['metrics.token'] ?? credentials(configuration);
    if (configuration['tls.certificate'] !== undefined) {
      if (known !== undefined || configuration['tls.requireClientCertificate']) return undefined;
    }
    const what =
      'TLS (tls.certificate and tls.key), and metrics.token, tokens.issuer, identity.file or ' +
      'tls.requireClientCertificate';
    return { key: 'metrics.host', why: `is beyond this machine, which takes ${what}` };
  },
  (configuration) => {
    const ports = new Map<number, KeyName>();
    for (const key of keyNames.filter((name) => name.endsWith('.port'))) {
      const port = configuration[key];
      if (typeof port !== 'number' || port === 0) continue;
      if (key === 'acme.port' && configuration['acme.directory'] === undefined) continue;
      const other = ports.get(port);
      if (other !== undefined) return { key, why: `is the same as ${other}` };
      ports.set(port, key);
    }
    return undefined;
  },
];

export function brokenRules(configuration: Configuration): Broken[] {
  const served = withAcme(configuration);
  return rules.flatMap((rule) => rule(served) ?? []);
}

/** The file of a certificate and its key, where ACME gets them. */
function acmeFile({ 'acme.directory': directory, 'acme.folder': folder }: Configuration): string | undefined {
  return directory === undefined || folder === undefined ? undefined : join(folder, 'certificate.pem');
}

/** Where ACME gets the certificate, its file stands in the places of `tls.certificate` and `tls.key`. */
export function withAcme(configuration: Configuration): Configuration {
  const file = acmeFile(configuration);
  const own = configuration['tls.certificate'] ?? configuration['tls.key'];
  if (file === undefined || own !== undefined) return configuration;
  return { ...configuration, 'tls.certificate': file, 'tls.key': file };
}
