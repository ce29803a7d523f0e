/** A server of S3 for tests: versitygw over a folder, or moto. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../packages/cluster/src/local/servers.ts';

export const BUCKET = 'ledger-backups';
const KEYS = { AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: 'a-secret-for-tests', AWS_REGION: 'us-east-1' };
const START_MS = 60_000;

const has = (program: string): boolean => spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined;
const program = ['versitygw', 'moto_server'].find(has);

/** Undefined where one can be started. */
export const bucketCannot: string | undefined =
  program === undefined
    ? 'neither versitygw (Go: versity/versitygw/cmd/versitygw) nor moto_server (pip install moto[server]) is on PATH'
    : undefined;

export class BucketServer {
  readonly program: string = program!;
  readonly environment: Readonly<Record<string, string>>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child;
    this.environment = { ...KEYS, AWS_ENDPOINT_URL: endpoint };
  }

  /** With an empty bucket. */
  static async start(folder: string): Promise<BucketServer> {
    const [port] = await freePorts(1);
    const endpoint = `http://127.0.0.1:${port}`;
    mkdirSync(join(folder, 'buckets'), { recursive: true });
    const words =
      program === 'versitygw'
        ? ['--access', KEYS.AWS_ACCESS_KEY_ID, '--secret', KEYS.AWS_SECRET_ACCESS_KEY, '--port', `127.0.0.1:${port}`]
        : ['--host', '127.0.0.1', '--port', String(port)];
    if (program === 'versitygw') words.push('posix', join(folder, 'buckets'));
    const server = new BucketServer(spawn(program!, words, { stdio: 'ignore' }), endpoint);
    await server.#answers(endpoint);
    const { AwsClient } = await import('aws4fetch');
    const client = new AwsClient({
      ...{ accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
      ...{ region: KEYS.AWS_REGION, service: 's3' },
    });
    const made = await client.fetch(`${endpoint}/${BUCKET}`, { method: 'PUT' });
    if (!made.ok) throw new Error(`no bucket: ${made.status} ${await made.text()}`);
    return server;
  }

  async #answers(endpoint: string): Promise<void> {
    const until = performance.now() + START_MS;
    while (performance.now() < until) {
      if (
        await fetch(endpoint).then(
          () => true,
          () => false,
        )
      )
        return;
      if (this.#child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${program} does not answer`);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
