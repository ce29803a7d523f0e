export { Barrier } from './barrier.ts';
export {
  ahead,
  HeaderOffset,
  OPERATION_PADDING,
  RING_CELL_SIZE,
  type RingLayout,
  RingReader,
  RingWriter,
} from './ring.ts';
