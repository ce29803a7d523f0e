/** A few metrics of a command that is no server: answered on loopback, at any path. */
import { createServer } from 'node:http';
import { Counter, Gauge, Registry } from 'prom-client';
import { listenAt } from 'tallystick/internal/platform';

export interface Figure {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly about: string;
  /** Undefined: it is not known yet. */
  readonly read: () => number | undefined;
}

export interface Figures {
  close(): void;
}

/** Rejects with `not_listening`. Being watched keeps nobody alive. */
export async function serveFigures(figures: readonly Figure[], port: number): Promise<Figures> {
  const registry = new Registry();
  for (const figure of figures) register(registry, figure);
  const server = createServer((_, response) => {
    void registry.metrics().then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text));
  });
  await listenAt(server, { host: '127.0.0.1', port });
  server.unref();
  return { close: () => server.close() };
}

function register(registry: Registry, { name, type, about: help, read }: Figure): void {
  const common = { name, help, registers: [registry] };
  if (type === 'counter') {
    new Counter({
      ...common,
      collect() {
        this.reset();
        this.inc(read() ?? 0);
      },
    });
    return;
  }
  new Gauge({
    ...common,
    collect() {
      const value = read();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
