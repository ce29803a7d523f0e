/** The ledger, and the nodes that share it. */
import { choice, count, type KeysOf } from './configuration.ts';

export const ledgerKeys: KeysOf<
  'folder' | 'create' | 'shards' | 'shardServers' | 'takeOver' | 'mode' | 'wait' | 'node' | 'cluster'
> = {
  folder: { kind: { is: 'path' }, preset: undefined, about: 'The ledger, which must be there unless `create` is on.' },
  create: {
    kind: { is: 'switch' },
    preset: false,
    about:
      'Make a new ledger in a folder that is absent or empty. Off: such a folder is an error, because a volume ' +
      'may not be mounted there.',
  },
  shards: {
    kind: count(1, 256),
    preset: 1,
    about:
      'Shards that the ledger is made of, each in a folder below `folder` and with threads of its own ' +
      '(docs/operating/shards.md). `tallystick shards add` makes them more.',
  },
  shardServers: {
    kind: { is: 'list' },
    preset: [],
    about:
      'Addresses of servers that are the shards, in the order of the map, such as ' +
      '`tcps://a:3000?ca=ca.pem&token-file=token`: they have the folders, and this server has none ' +
      '(docs/operating/shards.md).',
  },
  takeOver: {
    kind: { is: 'switch' },
    preset: false,
    about:
      'Become the writer of a folder that another machine, or a container with another host name, did not ' +
      'close. A process that can be seen to live is never replaced (docs/operating/containers.md).',
  },
  mode: {
    kind: choice('threads', 'inline'),
    preset: 'threads',
    about: 'Journal, machine and builder on threads of their own, or everything on one.',
  },
  wait: {
    kind: choice('blocking', 'yielding', 'busy-spin'),
    preset: 'blocking',
    about: 'How threads wait for work: asleep, spinning for 0.2 ms first, or never asleep.',
  },
  'node.id': {
    kind: count(0, 65_535),
    preset: 0,
    about: 'Number of this node in the cluster; it stands in logs and traces.',
  },
  'cluster.id': {
    kind: { is: 'u128' },
    preset: 0n,
    about: 'Id of the cluster, which clients may ask for; a client that asks for 0 takes any.',
  },
  'cluster.ips': {
    kind: { is: 'list' },
    preset: [],
    about: 'Addresses of the nodes, in the order of their ids from 0 on, separated by commas; clients are sent there.',
  },
  'cluster.nats': {
    kind: { is: 'list' },
    preset: [],
    about:
      'Addresses of the nats-servers that order a replicated ledger, such as nats://10.0.0.1:4222, separated ' +
      'by commas. Empty: this server is alone.',
  },
  'cluster.monitors': {
    kind: { is: 'list' },
    preset: [],
    about:
      "Addresses of these servers' monitoring ports, such as http://10.0.0.1:8222, separated by commas: a " +
      'server whose copy is damaged, or that does not sync, is named.',
  },
};
