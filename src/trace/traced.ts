/** The way to spans, for programs that want them; others never load OpenTelemetry. */
import { type Before, TallystickError } from '../model/index.ts';
import type { TraceOptions } from './options.ts';

/** Puts spans around every request. Rejects with `package_missing` where OpenTelemetry's API is not installed. */
export async function traced(options: TraceOptions): Promise<Before> {
  try {
    const { spans } = await import('./spans.ts');
    return spans(options);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    const message = 'spans want the package @opentelemetry/api: npm install @opentelemetry/api@1';
    throw new TallystickError('package_missing', message, { cause });
  }
}
