/** Programs that watch servers: a collector of traces (rotel), and Prometheus. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './shell-page.ts';

export interface PrintedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly name: string;
}

const SPAN = /Trace ID\s+: (\w+)\n\s+Parent ID\s+:[ ]*(\w*)\n\s+ID\s+: (\w+)\n\s+Name\s+: (.*)\n/g;

/** A collector of others, which prints what it takes. */
export class RealCollector {
  readonly url: string;
  readonly #child: ChildProcess;
  #said = '';

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
  }

  /** Why there is none, or false. */
  static get lacks(): string | false {
    const program = process.env.COLLECTOR;
    return program !== undefined && existsSync(program) ? false : 'COLLECTOR names no rotel-agent (pip install rotel)';
  }

  static async start(): Promise<RealCollector> {
    const [http, grpc] = [await freePort(), await freePort()];
    const listens = ['--otlp-http-endpoint', `127.0.0.1:${http}`, '--otlp-grpc-endpoint', `127.0.0.1:${grpc}`];
    const prints = ['--exporter', 'blackhole', '--debug-log', 'traces', '--debug-log-verbosity', 'detailed'];
    const child = spawn(process.env.COLLECTOR!, ['start', ...listens, ...prints], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const collector = new RealCollector(`http://127.0.0.1:${http}`, child);
    while (!collector.#said.includes('Starting Rotel')) await once(child.stdout!, 'data');
    return collector;
  }

  get spans(): readonly PrintedSpan[] {
    return [...this.#said.matchAll(SPAN)].map(([, traceId, parentSpanId, spanId, name]) => ({
      traceId: traceId!,
      spanId: spanId!,
      parentSpanId: parentSpanId!,
      name: name!,
    }));
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

export interface Sampled {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** A server that Prometheus scrapes. */
export interface Target {
  /** Of its metrics, with `http` or `https`. */
  readonly url: string;
  /** That `/metrics` wants; undefined: none. */
  readonly token?: string;
}

/** A real Prometheus, which scrapes every two seconds. */
export class Prometheus {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  static get lacks(): string | false {
    return spawnSync('prometheus', ['--version']).error === undefined
      ? false
      : 'prometheus is not on PATH (Debian: prometheus)';
  }

  /** `rules`: the text of a file of alerts. */
  static async start(folder: string, targets: readonly Target[], rules: string): Promise<Prometheus> {
    writeFileSync(join(folder, 'rules.yml'), rules);
    const jobs = targets.map(({ url, token }, index) => {
      const { host, protocol } = new URL(url);
      const authorization = token === undefined ? '' : `\n    authorization: { credentials: ${token} }`;
      const tls = protocol === 'http:' ? '' : '\n    scheme: https\n    tls_config: { insecure_skip_verify: true }';
      // The alerts want one job of that name; a relabelled job is one.
      return `  - job_name: job-${index}${authorization}${tls}
    static_configs: [{ targets: ['${host}'], labels: { job: tallystick } }]`;
    });
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 2s, evaluation_interval: 2s }
rule_files: [rules.yml]
scrape_configs:
${jobs.join('\n')}
`,
    );
    return Prometheus.of(join(folder, 'prometheus.yml'), join(folder, 'tsdb'));
  }

  /** `config`: a file of its own; `data`: a folder that is not there yet. */
  static async of(config: string, data: string): Promise<Prometheus> {
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(child, `http://127.0.0.1:${port}`);
    for (;;) {
      const answer = await fetch(`${prometheus.#url}/-/ready`).catch(() => undefined);
      if (answer?.status === 200) return prometheus;
      if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async query(expr: string): Promise<readonly Sampled[]> {
    const { data, error } = (await this.#get('query', { query: expr })) as {
      readonly data?: { readonly result: readonly Sampled[] };
      readonly error?: string;
    };
    if (data === undefined) throw new Error(`${expr}: ${error}`);
    return data.result;
  }

  /** Trace ids of the exemplars of a metric. */
  async exemplars(metric: string): Promise<readonly string[]> {
    const now = Date.now() / 1000;
    const { data } = (await this.#get('query_exemplars', {
      query: metric,
      start: String(now - 600),
      end: String(now + 1),
    })) as { readonly data: readonly { readonly exemplars: readonly { readonly labels: { trace_id: string } }[] }[] };
    return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
  }

  async #get(verb: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const answer = await fetch(`${this.#url}/api/v1/${verb}?${new URLSearchParams(parameters)}`);
    return answer.json();
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
