/** What a TigerBeetle cluster does not promise, by name. */
import type { Excuse } from '../../testing/conformance/conformance.ts';

export const excuses: readonly Excuse[] = [
  {
    reason: 'tigerbeetle-node has no call for change events, which this promise is looked at through',
    promises: [
      'a read may say how long its caller waits',
      'one failure undoes the whole chain, before and after it, and nothing else',
      'a pending transfer undone with its chain never expires',
      'expiries happen in the order in which they are due, then in that of creation',
      'imported transfers can be posted and voided in the past, too',
      'a window of time includes both ends, and paging finds everything once',
      'a filter that makes no sense finds nothing',
      'the change feed tells all five kinds, with both accounts as they were right after',
      'pages of accounts, transfers and changes are all that there is, once, by timestamp',
      'a feed that is read while the ledger moves goes on where it ended, and misses nothing',
    ],
  },
];
