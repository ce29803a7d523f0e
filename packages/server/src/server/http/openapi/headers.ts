/** Headers that every request and answer may have: documents are printed from them, and browsers told of them. */
import type { Json } from './schemas.ts';

interface Header {
  readonly name: string;
  readonly in: 'header';
  readonly description: string;
  readonly schema: Json;
}

export const requestHeaders: { readonly [name: string]: Header } = {
  lane: {
    name: 'Tallystick-Lane',
    in: 'header',
    description: 'The lane that the client asks for; the server decides.',
    schema: { type: 'string', enum: ['critical', 'high', 'normal'], default: 'normal' },
  },
  timeout: {
    name: 'Tallystick-Timeout-Ms',
    in: 'header',
    description:
      'How long you wait, milliseconds. A request that is not done by then is given up: `deadline_exceeded`, and ' +
      'nothing was done.',
    schema: { type: 'integer', minimum: 1 },
  },
  pin: {
    name: 'Tallystick-Pin',
    in: 'header',
    description:
      'This header of an earlier answer: the ledger that you mean, and up to which op at least. A server with ' +
      'another ledger, or an older state, answers 412, and nothing was done.',
    schema: { type: 'string' },
  },
  consistency: {
    name: 'Tallystick-Consistency',
    in: 'header',
    description: 'In a cluster: `stale` lets the node that is asked answer a read from what it has.',
    schema: { type: 'string', enum: ['linearizable', 'stale'], default: 'linearizable' },
  },
};

export const answerHeaders: Json & { readonly [name: string]: object } = {
  'Tallystick-Pin': {
    description: 'The ledger and the last op that this answer vouches for.',
    schema: { type: 'string' },
  },
  'Tallystick-Age-Ms': {
    description: 'How long ago the node had everything, milliseconds, where the read was `stale`.',
    schema: { type: 'integer', minimum: 0 },
  },
};
