/** The way to spans, for programs that want them; others never load OpenTelemetry. */
import type { ContextPort, TraceContext, TraceOptions } from './traced-port.ts';

/** Puts spans around every request of `port`; see {@link TraceOptions}. */
export async function traced<C extends TraceContext>(
  port: ContextPort<C>,
  options: TraceOptions,
): Promise<ContextPort<C>> {
  const { TracedPort } = await import('./traced-port.ts');
  return new TracedPort(port, options);
}
