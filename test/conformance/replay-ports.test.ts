/**
 * Every ledger of ours that can be told the time keeps every promise; so does the reference model, which tests the
 * suite.
 */
import { conformance, type Excuse } from '../../testing/conformance/conformance.ts';
import { doorPorts } from '../support/door-ports.ts';
import { ports } from '../support/ports.ts';

const excuses: { readonly [name: string]: readonly Excuse[] } = {
  msgpack: [
    {
      reason: 'a frame holds a megabyte, and a page of 8,189 transfers as maps is more',
      promises: ['pages of accounts, transfers and changes are all that there is, once, by timestamp'],
    },
  ],
};

for (const { name, open } of [...ports, ...doorPorts]) conformance({ name, open, skip: excuses[name] ?? [] });
