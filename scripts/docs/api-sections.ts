/**
 * How the reference of the package's doors is put together: each export in one section, each section with a program of
 * `examples/api` that uses all of it which can be called. `scripts/docs/api.ts` refuses an export that is in none.
 */

/** A section of a page: its title, its program in `examples/api/<door>`, and its exports in a reader's order. */
export type Section = readonly [title: string, example: string, exports: readonly string[]];

/** A door of the package: the types that it is printed from, and its sections. */
export interface Door {
  readonly types: string;
  readonly sections: readonly Section[];
}

export const doors: Readonly<Record<string, Door>> = {
  tallystick: {
    types: 'dist/src/index.d.ts',
    sections: [
      [
        'Open a ledger',
        'open',
        [
          'open',
          'OpenOptions',
          'MemoryOptions',
          'FolderLedger',
          'MemoryLedger',
          'Recovery',
          'RecoveryProgress',
          'WaitStrategy',
        ],
      ],
      ['The ledger', 'ledger', ['Ledger']],
      [
        'Shards',
        'shards',
        [
          'sharded',
          'ShardOptions',
          'ShardOf',
          'ShardedLedger',
          'ShardMap',
          'Moved',
          'stripedId',
          'Sweep',
          'checkShards',
          'ShardCheck',
          'OpenLeg',
        ],
      ],
      [
        'Records',
        'records',
        [
          'AccountInput',
          'Account',
          'TransferInput',
          'VoidInput',
          'AnyTransferInput',
          'Transfer',
          'Id',
          'CreateAccountResult',
          'CreateTransferResult',
          'AccountBalance',
          'AccountFilterInput',
          'AccountFilter',
          'QueryFilterInput',
          'QueryFilter',
          'ChangeEventsFilterInput',
          'ChangeEventsFilter',
          'ChangeEvent',
        ],
      ],
      [
        'Flags and statuses',
        'statuses',
        [
          'AccountFlags',
          'TransferFlags',
          'AccountFilterFlags',
          'QueryFilterFlags',
          'CreateAccountStatus',
          'CreateTransferStatus',
          'ChangeEventType',
        ],
      ],
      [
        'Pending transfers, searches and the past',
        'reads',
        [
          'Reads',
          'PastOptions',
          'PendingTransfer',
          'PendingState',
          'TransferFilterInput',
          'TransferFilter',
          'TransferFilterFlags',
          'TransferSumFilterInput',
          'TransferSum',
          'Snapshot',
        ],
      ],
      ['Ids and amounts', 'ids', ['id', 'formatUuid', 'parseUuid', 'amount_max']],
      ['Batches', 'batches', ['AccountBatch', 'TransferBatch', 'ResultBatch']],
      ['Everything, page by page', 'pages', ['accountsOf', 'transfersOf', 'changeEventsOf']],
      ['Errors', 'errors', ['TallystickError', 'ErrorCode']],
      [
        'Connect to a server',
        'connect',
        ['connect', 'ConnectOptions', 'Consistency', 'RemoteLedger', 'connectGrpc', 'GrpcOptions'],
      ],
      ['Pins', 'pins', ['Pin', 'formatPin', 'parsePin']],
      [
        'Programs written for tigerbeetle-node',
        'create-client',
        [
          'createClient',
          'ClientInitArgs',
          'ClientWaiting',
          'Client',
          'ExtendedClient',
          'RequestError',
          'ErrorCodes',
          'AccountID',
          'TransferID',
          'Event',
          'Result',
          'ResultCallback',
          'Context',
        ],
      ],
      ['Below the ledger', 'request', ['Port', 'Request', 'ReplayPort', 'Operation']],
    ],
  },
  helpers: {
    types: 'dist/src/helpers/index.d.ts',
    sections: [
      ['Money', 'money', ['parseMoney', 'formatMoney']],
      ['Shares, fees and exchange', 'shares', ['times', 'Rounding', 'exchange', 'Exchange', 'split']],
      ['Balances', 'balance', ['balanceOf', 'Balance', 'Side', 'balanceAt', 'postedAt']],
      ['Ids from text', 'ids', ['idOf', 'IdPart']],
      ['Chains', 'chains', ['chain', 'requestsOf']],
      [
        'Send, all or an error',
        'send',
        ['sendTransfers', 'sendAccounts', 'attemptTransfers', 'attemptAccounts', 'TransfersPort', 'AccountsPort'],
      ],
      [
        'What became of each event',
        'outcomes',
        [
          'transferOutcomes',
          'accountOutcomes',
          'Outcome',
          'acceptedTransfers',
          'acceptedAccounts',
          'Accepted',
          'RefusedError',
          'Refusal',
          'Answered',
        ],
      ],
      ['Lookups that keep their places', 'lookups', ['accountsInPlace', 'transfersInPlace', 'inPlace']],
      [
        'Pages',
        'pages',
        [
          'accountTransfersOf',
          'accountBalancesOf',
          'queriedTransfersOf',
          'queriedAccountsOf',
          'foundTransfersOf',
          'openPendingsOf',
          'each',
          'accountsOf',
          'transfersOf',
          'changeEventsOf',
        ],
      ],
      ['The change feed without an end', 'changes', ['followChanges', 'FollowOptions']],
      ['Why an answer is empty', 'empty', ['whyNoTransfers', 'whyNoBalances', 'Empty', 'EmptyReason']],
      ['Time', 'time', ['nanosecondsOf', 'isoOf', 'dateOf', 'nanosecondsIn', 'timeoutOf', 'Duration']],
    ],
  },
  testing: {
    types: 'dist/testing/index.d.ts',
    sections: [
      ['The conformance suite', 'conformance', ['conformance', 'Conformance', 'Excuse', 'promises', 'TurnedLedger']],
      ['The reference model', 'model', ['ModelLedger', 'Model', 'ModelReplayPort', 'openModel']],
      ['Clients as programs for tigerbeetle-node know them', 'client-suite', ['clientSuite']],
    ],
  },
};
