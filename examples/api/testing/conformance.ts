import { open } from 'tallystick';
import { type Conformance, conformance, promises } from 'tallystick/testing';

// A suite for node:test: each promise of a `Ledger` is a test.
const suite: Conformance = {
  name: 'a ledger in memory',
  open: () => open(':memory:', { now: 1_000_000n }),
};
conformance(suite);
console.log(promises.length > 50); // true
