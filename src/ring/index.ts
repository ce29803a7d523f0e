export { Barrier } from './barrier.ts';
export { ahead, type RingLayout, RingReader, RingWriter } from './ring.ts';
