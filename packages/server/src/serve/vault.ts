/**
 * Secrets of OpenBao, and of Vault, whose API it has: KV version 2, by a token in a file, AppRole, or the account of a
 * Kubernetes pod. The token that was given is renewed before it ends; where that is refused, it is asked for again.
 */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';

export interface VaultOptions {
  /** Such as https://bao.example:8200. */
  readonly address: string;
  /** File that holds a token; it is read for each login. */
  readonly tokenFile?: string | undefined;
  readonly roleId?: string | undefined;
  readonly secretIdFile?: string | undefined;
  readonly kubernetesRole?: string | undefined;
}

const TIMEOUT_MS = 5000;
const SIZE_MAX = 1 << 20;
const KUBERNETES_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
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

  async #asked(path: string): Promise<unknown> {
    const session = await this.#open();
    try {
      return await this.#call(path, undefined, session.token);
    } catch (error) {
      // The token was taken back, or its store was opened again: another one may be good.
      if (!(error instanceof Refused) || this.#options.tokenFile !== undefined) throw outward(error);
      this.#session = undefined;
      return await this.#call(path, undefined, (await this.#open()).token).catch((again: unknown) => {
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
    const { tokenFile, roleId, secretIdFile, kubernetesRole } = this.#options;
    try {
      // Whoever writes the file renews the token; it is read again each time.
      if (tokenFile !== undefined) return { client_token: text(tokenFile), lease_duration: 1, renewable: false };
      const [method, body] =
        kubernetesRole === undefined
          ? ['approle', { role_id: roleId, secret_id: secretIdFile === undefined ? undefined : text(secretIdFile) }]
          : ['kubernetes', { role: kubernetesRole, jwt: text(KUBERNETES_TOKEN) }];
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
