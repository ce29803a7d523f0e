/**
 * Secrets of OpenBao, and of Vault, whose API it has: KV version 2, by a token in a file, AppRole, or the account of a
 * Kubernetes pod. The token that was given is renewed before it ends; where that is refused, it is asked for again.
 */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';

export interface VaultOptions {
  /** Such as https://bao.example:8200. */
  readonly address: string;
  /** File that holds a token; it is read for each login. */
  readonly tokenFile?: string | undefined;
  readonly roleId?: string | undefined;
  readonly secretIdFile?: string | undefined;
  readonly kubernetesRole?: string | undefined;
  /** File that holds the token of the pod's account. */
  readonly kubernetesTokenFile?: string | undefined;
}

const TIMEOUT_MS = 5000;
const SIZE_MAX = 1 << 20;
const SIGNATURE_MAX = 4096;
/** Share of its life after which a token is renewed. */
const RENEWED_AT = 2 / 3;

interface Auth {
  readonly client_token: string;
  /** Seconds; 0: for ever. */
  readonly lease_duration: number;
  readonly renewable: boolean;
}

interface Session {
  readonly token: string;
  /** By `performance.now()`. */
  readonly renewAt: number;
  readonly endsAt: number;
  readonly renewable: boolean;
}

/** As configured. Throws `configuration_invalid` where there is none, and `key` refers to it. */
export function vaultFor(configuration: Configuration, key: string): Vault {
  const address = configuration['vault.address'];
  if (address === undefined) {
    throw new TallystickError('configuration_invalid', `vault.address: is not set, and ${key} takes it`);
  }
  return new Vault({
    address,
    tokenFile: configuration['vault.tokenFile'],
    roleId: configuration['vault.roleId'],
    secretIdFile: configuration['vault.secretIdFile'],
    kubernetesRole: configuration['vault.kubernetesRole'],
    kubernetesTokenFile: configuration['vault.kubernetesTokenFile'],
  });
}

export class Vault {
  readonly #options: VaultOptions;
  #session: Session | undefined;

  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /** The field of a secret; `path` begins with its mount: `secret/tallystick`. Rejects with `unreachable`. */
  async read(path: string, field: string): Promise<string> {
    const [mount, ...rest] = path.split('/').map(encodeURIComponent);
    const body = (await this.#asked(`${mount}/data/${rest.join('/')}`)) as {
      readonly data?: { readonly data?: Readonly<Record<string, unknown>> };
    };
    const value = body.data?.data?.[field];
    if (typeof value === 'string' && value !== '') return value;
    throw new TallystickError('unreachable', `the secret ${path} has no text in its field ${field}`);
  }

  /**
   * Signs with a key of transit, which never leaves the store; `path` is its mount and its name. What comes back names
   * the version of the key: `vault:v1:…`. Rejects with `unreachable`.
   */
  async sign(path: string, text: string): Promise<string> {
    const at = path.lastIndexOf('/');
    const [mount, name] = [path.slice(0, at), path.slice(at + 1)];
    const input = { input: Buffer.from(text).toString('base64') };
    const body = (await this.#asked(`${mount}/sign/${encodeURIComponent(name)}`, input)) as {
      readonly data?: { readonly signature?: unknown };
    };
    const signature = body.data?.signature;
    if (typeof signature === 'string' && signature.length <= SIGNATURE_MAX) return signature;
    throw new TallystickError('unreachable', `the key ${path} signs nothing`);
  }

  async #asked(path: string, body?: object): Promise<unknown> {
    const session = await this.#open();
    try {
      return await this.#call(path, body, session.token);
    } catch (error) {
      // The token was taken back, or its store was opened again: another one may be good.
      if (!(error instanceof Refused) || this.#options.tokenFile !== undefined) throw outward(error);
      this.#session = undefined;
      return await this.#call(path, body, (await this.#open()).token).catch((again: unknown) => {
        throw outward(again);
      });
    }
  }

  async #open(): Promise<Session> {
    const now = performance.now();
    const session = this.#session;
    if (session !== undefined && now < session.renewAt) return session;
    if (session?.renewable === true && now < session.endsAt) {
      const renewed = await this.#call('auth/token/renew-self', {}, session.token).catch(() => undefined);
      if (renewed !== undefined) return this.#begin((renewed as { readonly auth: Auth }).auth);
    }
    return this.#begin(await this.#login());
  }

  #begin({ client_token: token, lease_duration: seconds, renewable }: Auth): Session {
    const lifeMs = seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
    const now = performance.now();
    this.#session = { token, renewAt: now + lifeMs * RENEWED_AT, endsAt: now + lifeMs, renewable };
    return this.#session;
  }

  async #login(): Promise<Auth> {
    const { tokenFile, roleId, secretIdFile, kubernetesRole, kubernetesTokenFile = '' } = this.#options;
    try {
      // Whoever writes the file renews the token; it is read again each time.
      if (tokenFile !== undefined) return { client_token: text(tokenFile), lease_duration: 1, renewable: false };
      const [method, body] =
        kubernetesRole === undefined
          ? ['approle', { role_id: roleId, secret_id: secretIdFile === undefined ? undefined : text(secretIdFile) }]
          : ['kubernetes', { role: kubernetesRole, jwt: text(kubernetesTokenFile) }];
      return ((await this.#call(`auth/${method}/login`, body)) as { readonly auth: Auth }).auth;
    } catch (error) {
      throw outward(error);
    }
  }

  async #call(path: string, body?: object, token?: string): Promise<unknown> {
    const response = await fetch(`${this.#options.address.replace(/\/$/, '')}/v1/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: token === undefined ? {} : { 'x-vault-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await response.text();
    if (response.status === 403) throw new Refused(`${path} was refused`);
    if (response.status !== 200 || answer.length > SIZE_MAX) throw new Error(`${path}: status ${response.status}`);
    return JSON.parse(answer);
  }
}

class Refused extends Error {}

/** Without a cause that could hold a secret. */
function outward(error: unknown): TallystickError {
  if (error instanceof TallystickError) return error;
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
  return new TallystickError('unreachable', `the store of secrets cannot be asked: ${why}`);
}

function text(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
