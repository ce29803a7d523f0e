/** The messages of `FollowChanges`, which is no operation of the ledger: a feed that goes on. */
import { records } from '../../../src/model/schema.ts';
import type { ProtoMessage } from './file.ts';

const { size } = records.find(({ name }) => name === 'ChangeEvent')!;

export const followed: readonly ProtoMessage[] = [
  {
    name: 'FollowChangesRequest',
    about: 'Where to take up the feed of changes.',
    fields: [
      {
        name: 'since',
        number: 1,
        type: 'fixed64',
        about: 'Changes after that timestamp: `next` of the last reply that you have seen, or 0 for all of them.',
      },
      { name: 'packed', number: 2, type: 'bool', about: 'Changes as they lie in memory.' },
      { name: 'text', number: 3, type: 'bool', about: 'Wide numbers of changes as text.' },
      { name: 'until_newest', number: 4, type: 'bool', about: 'Ends with the newest change; otherwise it goes on.' },
    ],
  },
  {
    name: 'FollowChangesReply',
    about: 'Some changes, at least one; none is left out or comes twice.',
    fields: [
      { name: 'events', number: 1, type: 'ChangeEvent', repeated: true },
      { name: 'packed', number: 2, type: 'bytes', about: `${size} bytes each.` },
      { name: 'next', number: 3, type: 'fixed64', about: '`since` with which to go on.' },
    ],
  },
];
