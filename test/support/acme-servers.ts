/** Real authorities that speak ACME, each in a folder and at ports of its own, where their programs are at hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority } from './access.ts';
import { HttpPeer } from './door-clients.ts';

export interface AcmeServer {
  readonly directory: string;
  /** PEM file of the authority behind the directory's https. */
  readonly ca: string;
  /** Where it asks for `http-01`, and for `tls-alpn-01`. */
  readonly ports: { readonly 'http-01': number; readonly 'tls-alpn-01': number };
  /** PEM of the root of the certificates that it issues. */
  root(): Promise<string>;
  /** From now on it wishes that a certificate (PEM) were renewed in a span of time. */
  wish?(certificate: string, start: Date, end: Date): Promise<void>;
  stop(): Promise<void>;
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Why it cannot be had here; undefined: it can. */
export function missing(variable: string, what: string): string | undefined {
  const program = process.env[variable];
  if (program !== undefined && existsSync(program)) return undefined;
  return `${what} is not there: ${variable} names its program`;
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function answering(peer: HttpPeer, path: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let waited = 0; waited < 15_000; waited += 100) {
    const reply = await peer.ask(path).catch(() => undefined);
    // Pebble answers nobody who does not name a program.
    if (reply !== undefined) return;
    if (child.exitCode !== null) throw new Error(`the authority ended with ${child.exitCode}: ${log()}`);
    await sleep(100);
  }
  throw new Error(`the authority does not answer: ${log()}`);
}

function started(
  program: string,
  args: readonly string[],
  environment: Record<string, string>,
): [ChildProcess, () => string] {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log = (log + chunk).slice(-10_000);
    });
  }
  return [child, () => log];
}

export interface PebbleOptions {
  /** Of the certificates, seconds. */
  readonly life: number;
  /** Nonces that it refuses, percent. */
  readonly nonces?: number;
  /** The key by which accounts belong to a customer; base64url. */
  readonly external?: { readonly id: string; readonly key: string };
}

/** Pebble, the hostile one: it refuses good nonces, and changes what RFC 8555 lets it change. */
export async function startPebble(folder: string, { life, nonces = 0, external }: PebbleOptions): Promise<AcmeServer> {
  const [port, management, http, tls] = (await freePorts(4)) as [number, number, number, number];
  const authority = await Authority.make('pebble itself');
  const own = await authority.sign('pebble');
  const put = (name: string, text: string): string => {
    const path = join(folder, `pebble-${port}-${name}`);
    writeFileSync(path, text);
    return path;
  };
  const ca = put('ca.pem', authority.cert);
  const config = put(
    'config.json',
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${management}`,
        certificate: put('cert.pem', own.cert),
        privateKey: put('key.pem', own.key),
        httpPort: http,
        tlsPort: tls,
        ocspResponderURL: '',
        externalAccountBindingRequired: external !== undefined,
        ...(external === undefined ? {} : { externalAccountMACKeys: { [external.id]: external.key } }),
        retryAfter: { authz: 1, order: 1 },
        profiles: { default: { description: 'short', validityPeriod: life } },
      },
    }),
  );
  const [child, log] = started(process.env.PEBBLE!, ['-config', config], {
    PEBBLE_VA_NOSLEEP: '1',
    PEBBLE_WFE_NONCEREJECT: String(nonces),
    PEBBLE_AUTHZREUSE: '0',
  });
  await answering(new HttpPeer(`https://127.0.0.1:${port}`, { tls: { ca: authority.cert } }), '/dir', child, log);
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    ca,
    ports: { 'http-01': http, 'tls-alpn-01': tls },
    async root() {
      const peer = new HttpPeer(`https://127.0.0.1:${management}`, { tls: { ca: readFileSync(ca, 'utf8') } });
      const { text } = await peer.ask('/roots/0');
      peer.close();
      return text;
    },
    async wish(certificate, start, end) {
      const peer = new HttpPeer(`https://127.0.0.1:${management}`, { tls: { ca: readFileSync(ca, 'utf8') } });
      const suggestedWindow = { start: start.toISOString(), end: end.toISOString() };
      const asked = { certificate, ariResponse: JSON.stringify({ suggestedWindow }) };
      const { status, text } = await peer.ask('/set-renewal-info/', asked);
      peer.close();
      if (status !== 200) throw new Error(`pebble answers ${status}: ${text}`);
    },
    stop: () => ended(child),
  };
}

/** step-ca, whose certificates are good for clients as well, and live for seconds where that is wanted. */
export async function startStepCa(folder: string, life: string): Promise<AcmeServer> {
  const [port, http, tls] = (await freePorts(3)) as [number, number, number];
  const { cert, key } = await Authority.pair('the root');
  const put = (name: string, text: string): string => {
    const path = join(folder, `step-${port}-${name}`);
    writeFileSync(path, text);
    return path;
  };
  const root = put('root.pem', cert);
  const config = put(
    'ca.json',
    JSON.stringify({
      root,
      crt: root,
      key: put('root-key.pem', key),
      address: `127.0.0.1:${port}`,
      dnsNames: ['127.0.0.1'],
      db: { type: 'badgerv2', dataSource: join(folder, `step-${port}-db`) },
      authority: {
        backdate: '1s',
        claims: { minTLSCertDuration: '5s', maxTLSCertDuration: '24h', defaultTLSCertDuration: life },
        provisioners: [{ type: 'ACME', name: 'acme' }],
      },
    }),
  );
  const ports = ['--insecure', '--acme-http-port', String(http), '--acme-tls-port', String(tls)];
  const [child, log] = started(process.env.STEP_CA!, [config, ...ports], {});
  await answering(new HttpPeer(`https://127.0.0.1:${port}`, { tls: { ca: cert } }), '/health', child, log);
  return {
    directory: `https://127.0.0.1:${port}/acme/acme/directory`,
    ca: root,
    ports: { 'http-01': http, 'tls-alpn-01': tls },
    root: () => Promise.resolve(cert),
    stop: () => ended(child),
  };
}
