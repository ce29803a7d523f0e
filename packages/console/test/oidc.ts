/** A real issuer for tests: oidc-provider, where it is installed. Whoever signs in is who it says it is. */
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair } from 'jose';

export const SECRET = 'a-secret-of-the-test';

/** As far as it is used here; it is no dependency of ours. */
interface ProviderModule {
  readonly default: new (
    issuer: string,
    configuration: object,
  ) => { listen(port: number, host: string, ready: () => void): Server };
}

const modules = process.env.OIDC_PROVIDER;
const entrance = modules === undefined ? undefined : join(modules, 'oidc-provider', 'lib', 'index.js');

/** Why it cannot be had here; false: it can. */
export const skipIssuer: string | false =
  (entrance === undefined || !existsSync(entrance)) &&
  'oidc-provider is not there: OIDC_PROVIDER names the folder that has it';

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface Issuer {
  readonly url: string;
  /** How often it has given a token for another. */
  readonly renewals: () => number;
  stop(): Promise<void>;
}

/** `back`: where it may send people. `reader` may look, `stranger` has no role, everybody else may write. */
export async function startIssuer(back: string, tokenSeconds: number): Promise<Issuer> {
  const { default: Provider } = (await import(pathToFileURL(entrance!).href)) as ProviderModule;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'one' };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let renewals = 0;
  const claims = (_context: unknown, token: { readonly accountId: string; readonly gty?: string }): object => {
    if (token.gty?.includes('refresh_token') === true) renewals += 1;
    const role = token.accountId === 'reader' ? 'read' : 'write';
    return token.accountId === 'stranger' ? {} : { role };
  };
  const configuration = configurationOf(key, back, tokenSeconds, claims);
  const server = await new Promise<Server>((resolve) => {
    const opened: Server = new Provider(url, configuration).listen(port, '127.0.0.1', () => resolve(opened));
  });
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, renewals: () => renewals, stop };
}

function configurationOf(key: object, back: string, tokenSeconds: number, claims: unknown): object {
  const client = {
    client_id: 'console',
    client_secret: SECRET,
    id_token_signed_response_alg: 'ES256',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [`${back}signed-in`],
    post_logout_redirect_uris: [back],
  };
  return {
    jwks: { keys: [key] },
    clients: [client],
    cookies: { keys: ['a key for cookies'] },
    pkce: { required: () => true },
    ttl: { AccessToken: tokenSeconds, IdToken: 300, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
    issueRefreshToken: () => true,
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: claims,
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: 'tallystick',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}
