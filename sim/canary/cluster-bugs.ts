/** Bugs in the replicated ledger. */
import type { Bug } from './bug.ts';

export const clusterBugs: readonly Bug[] = [
  {
    name: 'told-before-quorum',
    what: 'a leader takes a record for stored although nobody knows whether it is',
    file: 'packages/cluster/src/appender.js',
    good: "sent.state = outcome === 'stored' ? 'stored' : 'open';",
    bad: "sent.state = 'stored';",
    world: 'cluster',
    seeds: 40,
  },
  {
    name: 'stale-leader-reads',
    what: 'a leader answers reads from what it has, without a record that proves that it still leads',
    file: 'packages/cluster/src/node.js',
    good: "if (context.consistency === 'stale' && !isJournalled(operation))",
    bad: "if ((context.consistency === 'stale' || this.#leader !== undefined) && !isJournalled(operation))",
    world: 'cluster',
    seeds: 100,
  },
  {
    name: 'told-tail-cut',
    what: 'a node leads on a stream that has lost what others have read and told',
    file: 'packages/cluster/src/peers.js',
    good: `        }
        this.#compare(standing);`,
    bad: '        }',
    world: 'cluster',
    seeds: 60,
    first: 150,
  },
  {
    name: 'digests-not-compared',
    what: 'nodes do not look whether they have made the same of the same batches',
    file: 'packages/cluster/src/opinions.js',
    good: 'const different = others.filter(([, hash]) => !sameHash(hash, own));',
    bad: 'const different = [];',
    world: 'cluster',
    seeds: 40,
  },
  {
    name: 'claim-not-looked-at',
    what: 'a node takes every epoch for one of its own',
    file: 'packages/cluster/src/follower.js',
    good: 'return this.#claims.some((claim) => sameHash(claim, hash));',
    bad: 'return true;',
    world: 'cluster',
    seeds: 40,
  },
];
