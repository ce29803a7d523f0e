export type { TraceOptions } from './options.ts';
export { traced } from './traced.ts';
