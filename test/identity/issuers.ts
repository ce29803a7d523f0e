/** Real issuers of tokens, each in a state that the tests know, where their programs are at hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair } from 'jose';

const AUDIENCE = 'tallystick';
export const SECRET = 'a-secret-of-the-test';

/** Its clients: `payments` may write for `north`, `elsewhere` names another audience, `nobody` has no role. */
export interface RealIssuer {
  readonly url: string;
  readonly roleClaim: string;
  /** An access token, by client credentials. */
  token(client: string): Promise<string>;
  /** Signs with a new key, and does not publish the old one any more. */
  rotate(): Promise<void>;
  /** Nobody answers at its address any more. */
  stop(): Promise<void>;
}

export interface IssuerKind {
  readonly name: string;
  /** Why it cannot be had here; undefined: it can. */
  readonly skip: string | undefined;
  start(): Promise<RealIssuer>;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function asked(endpoint: string, client: string, more: Record<string, string>): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...more }),
  });
  const text = await response.text();
  const { access_token: token } = JSON.parse(text) as { access_token?: string };
  if (token === undefined) throw new Error(`no token for ${client}: ${text}`);
  return token;
}

/** As far as it is used here; it is no dependency of ours. */
interface ProviderModule {
  readonly default: new (
    issuer: string,
    configuration: object,
  ) => { listen(port: number, host: string, ready: () => void): Server };
}

async function signingKey(): Promise<object> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: `key-${Math.random()}` };
}

function providerConfiguration(key: object): object {
  const client = (id: string): object => ({
    client_id: id,
    client_secret: SECRET,
    id_token_signed_response_alg: 'ES256',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  });
  return {
    jwks: { keys: [key] },
    clients: ['payments', 'elsewhere', 'nobody'].map(client),
    extraTokenClaims: (_context: unknown, { clientId }: { clientId: string }) => ({
      sub: clientId,
      org: 'north',
      ...(clientId === 'nobody' ? {} : { role: ['write'] }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: '',
          audience: resource.slice('urn:'.length),
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}

const modules = process.env.OIDC_PROVIDER;

const oidcProvider: IssuerKind = {
  name: 'oidc-provider',
  skip: modules === undefined ? 'oidc-provider is not there: OIDC_PROVIDER names the folder that has it' : undefined,
  async start() {
    const { default: Provider } = (await import(
      pathToFileURL(join(modules!, 'oidc-provider', 'lib', 'index.js')).href
    )) as ProviderModule;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    let server: Server | undefined;
    const listen = async (): Promise<void> => {
      const configuration = providerConfiguration(await signingKey());
      await new Promise<void>((resolve) => {
        server = new Provider(url, configuration).listen(port, '127.0.0.1', resolve);
      });
    };
    const stop = async (): Promise<void> => {
      server?.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
    };
    await listen();
    return {
      url,
      roleClaim: 'role',
      token: (client) =>
        asked(`${url}/token`, client, { resource: `urn:${client === 'elsewhere' ? client : AUDIENCE}` }),
      async rotate() {
        await stop();
        await listen();
      },
      stop,
    };
  },
};

const home = process.env.KEYCLOAK_HOME;
const READY_MS = 300_000;

const keycloak: IssuerKind = {
  name: 'Keycloak',
  skip: home === undefined || !existsSync(home) ? 'Keycloak is not there: KEYCLOAK_HOME names its folder' : undefined,
  async start() {
    const realm = join(import.meta.dirname, '..', '..', '..', 'test', 'identity', 'realm.json');
    mkdirSync(join(home!, 'data', 'import'), { recursive: true });
    copyFileSync(realm, join(home!, 'data', 'import', 'bank-realm.json'));
    const [port, management] = [await freePort(), await freePort()];
    const base = `http://127.0.0.1:${port}`;
    const url = `${base}/realms/bank`;
    const child = startKeycloak(port, management);
    await answering(`${url}/.well-known/openid-configuration`, child);
    const tokens = `${url}/protocol/openid-connect/token`;
    return {
      url,
      roleClaim: 'realm_access.roles',
      token: (client) => asked(tokens, client, {}),
      rotate: () => rotateKeys(base),
      async stop() {
        process.kill(-child.pid!, 'SIGKILL');
        await sleep(100);
      },
    };
  },
};

const ADMIN = { username: 'admin', password: SECRET };

function startKeycloak(port: number, management: number): ChildProcess {
  const args = [
    ...['start-dev', '--import-realm', '--http-host=127.0.0.1', `--http-port=${port}`],
    `--http-management-port=${management}`,
  ];
  return spawn(join(home!, 'bin', 'kc.sh'), args, {
    stdio: 'ignore',
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m',
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    },
  });
}

async function answering(address: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < READY_MS; waited += 500) {
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.status === 200) return;
    if (child.exitCode !== null) throw new Error(`Keycloak ended with ${child.exitCode}`);
    await sleep(500);
  }
  throw new Error('Keycloak does not answer');
}

/** A provider of keys with a higher priority signs; the old ones go. */
async function rotateKeys(base: string): Promise<void> {
  const login = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...ADMIN }),
  });
  const { access_token: admin } = (await login.json()) as { access_token: string };
  const components = `${base}/admin/realms/bank/components`;
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
  const provider = 'org.keycloak.keys.KeyProvider';
  const old = (await (await fetch(`${components}?type=${provider}`, { headers })).json()) as {
    id: string;
    providerId: string;
  }[];
  const fresh = {
    name: 'fresh',
    providerId: 'rsa-generated',
    providerType: provider,
    config: { priority: ['500'], algorithm: ['RS256'] },
  };
  await fetch(components, { method: 'POST', headers, body: JSON.stringify(fresh) });
  for (const { id } of old.filter(({ providerId }) => providerId === 'rsa-generated')) {
    await fetch(`${components}/${id}`, { method: 'DELETE', headers });
  }
}

export const issuerKinds: readonly IssuerKind[] = [oidcProvider, keycloak];
