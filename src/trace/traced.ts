/** The way to spans, for programs that want them; others never load OpenTelemetry. */
import type { Before } from '../model/index.ts';
import type { TraceOptions } from './options.ts';

/** Puts spans around every request. */
export async function traced(options: TraceOptions): Promise<Before> {
  const { spans } = await import('./spans.ts');
  return spans(options);
}
