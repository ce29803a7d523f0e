/** A bucket, by the four requests of S3 that every server of its kind has; aws4fetch signs them. */
import type { AwsClient } from 'aws4fetch';
import { TallystickError } from 'tallystick/internal/model';
import type { ObjectStore, StoredObject } from './store.ts';

const REQUEST_MS = 60_000;
const RETRIES = 4;

type Environment = Readonly<Record<string, string | undefined>>;

export class BucketStore implements ObjectStore {
  readonly #client: AwsClient;
  /** Of the bucket, with a slash at its end. */
  readonly #bucket: string;
  /** Before every name. */
  readonly #prefix: string;

  private constructor(client: AwsClient, bucket: string, prefix: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /**
   * `s3://BUCKET/PREFIX`, with the variables that tools of S3 have in common: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
   * AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL. Rejects with `configuration_invalid` or `package_missing`.
   */
  static async open(url: string, environment: Environment): Promise<BucketStore> {
    const { hostname: bucket, pathname } = new URL(url);
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
    const { AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = 'us-east-1', AWS_ENDPOINT_URL: named } = environment;
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      const message = `${url} wants AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment`;
      throw new TallystickError('configuration_invalid', message);
    }
    const endpoint = named ?? `https://s3.${region}.amazonaws.com`;
    const { AwsClient } = await loadPackage();
    const session = sessionToken === undefined ? {} : { sessionToken };
    const client = new AwsClient({ accessKeyId, secretAccessKey, ...session, region, service: 's3', retries: RETRIES });
    const prefix = pathname.replace(/^\/+|\/+$/g, '');
    return new BucketStore(client, `${endpoint.replace(/\/+$/, '')}/${bucket}/`, prefix === '' ? '' : `${prefix}/`);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#ask('PUT', this.#prefix + name, bytes);
  }

  async get(name: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask('GET', this.#prefix + name)).arrayBuffer());
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const query = new URLSearchParams({ 'list-type': '2', prefix: this.#prefix + prefix });
      if (next !== '') query.set('continuation-token', next);
      const text = await (await this.#ask('GET', `?${query}`)).text();
      for (const [, entry] of text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
        const name = /<Key>([^<]*)<\/Key>/.exec(entry!)?.[1];
        const size = /<Size>(\d+)<\/Size>/.exec(entry!)?.[1];
        // Our names have no character that XML writes otherwise.
        if (name?.startsWith(this.#prefix)) found.push({ name: name.slice(this.#prefix.length), size: Number(size) });
      }
      next = /<NextContinuationToken>([^<]+)</.exec(text)?.[1];
    }
    return found;
  }

  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', this.#prefix + name);
  }

  async #ask(method: string, path: string, body?: Uint8Array): Promise<Response> {
    const init = {
      method,
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(body && { body: body as NonNullable<RequestInit['body']> }),
    };
    const response = await this.#client.fetch(this.#bucket + path, init).catch((cause: unknown) => {
      throw new TallystickError('unreachable', `no answer from ${this.#bucket}: ${cause}`, { cause });
    });
    if (response.ok) return response;
    const said = /<Code>([^<]*)</.exec(await response.text())?.[1] ?? response.statusText;
    const what = `${method} ${this.#bucket}${path}: ${response.status} ${said}`;
    if (response.status === 404) throw new TallystickError('not_found', what);
    throw new TallystickError(response.status === 403 ? 'forbidden' : 'unreachable', what);
  }
}

async function loadPackage(): Promise<typeof import('aws4fetch')> {
  return import('aws4fetch').catch((cause: unknown) => {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 's3:// wants a package: npm install aws4fetch@1', { cause });
  });
}
