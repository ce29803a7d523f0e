/** Layouts of the native protocol (docs/internals/native-protocol.md). */
import { type LayoutField, type LayoutSchema, u8, u16, u32, u64, u128, zeros } from './layouts-fields.ts';

const replied = (field: LayoutField, reply: string): LayoutField => ({ ...field, reply });

export const wireLayouts: readonly LayoutSchema[] = [
  {
    name: 'Frame',
    about: 'The header cell of a frame. Offsets up to `magic` are those of the header cell.',
    size: 128,
    magic: 0x594c_4c54,
    version: 1,
    fields: [
      replied(u32('checksum', 'crc32 (zlib) of bytes 4..128'), 'same'),
      replied(u32('checksum_body', "crc32 of the body's cells, 0 without a body"), 'same'),
      replied(
        u64('op', '0; in a request that is sent again the last op that its client knew when it sent it first'),
        'the last one that answers have vouched for, this one included; 0 before hello was answered',
      ),
      replied(u64('timestamp', "0; in a replay that of the request's last event"), '0'),
      replied(u32('timeout', 'milliseconds that the caller waits, 0: it does not say'), '0'),
      replied(
        u32('staleness', '1: a node of a cluster may answer a read without leading; else 0'),
        'milliseconds since the node was last known to have everything; 0 without a cluster',
      ),
      replied(u32('once', '0 nothing, 1 keep the reply for when I ask again, 2 I ask again'), '0'),
      replied(u32('answered_before', 'requests of the session before that number were answered'), '0'),
      zeros(12),
      replied(u32('count', 'events'), 'records of the reply'),
      replied(u32('cells', 'of the body: size / 128, rounded up'), 'same'),
      replied(u16('operation', '[of the ledger](../reference/operations.md), or of the protocol'), "the request's"),
      replied(u16('version', ''), 'same'),
      replied(u128('session', 'chosen by the client, at random, the same for all its frames'), "the request's"),
      replied(u32('request', 'number within the session'), "the request's"),
      replied(u32('lane', '0 normal, 1 high, 2 critical: a wish'), '0'),
      replied(u32('magic', ''), 'same'),
      replied(u32('size', 'bytes of the body that mean something'), 'same'),
      replied(u32('status', '0'), '0 ok, 1 error'),
      replied(u8('trace_id', "of the caller's span, or zeros", 16), '0'),
      replied(u8('span_id', "of the caller's span, or zeros", 8), '0'),
      replied(u8('trace_flags', "W3C's: 1 sampled"), '0'),
      replied(u8('trace_form', "0 no span, 1 as W3C's trace context 00 has it"), '0'),
    ],
  },
  {
    name: 'Hello',
    about: "A client's hello; its bearer token follows in UTF-8, or nothing.",
    size: 16,
    fields: [u128('cluster', '0: any')],
  },
  {
    name: 'Welcome',
    about: "A server's answer to a hello.",
    size: 52,
    fields: [
      u128('cluster', ''),
      u128('ledger_id', 'chosen at random when the ledger was created'),
      u32('events_max', 'events in a request, at most'),
      u32('requests_max', 'credit: requests that may be unanswered'),
      u32('cells_max', 'credit: cells of unanswered requests, headers included; one request may always be sent'),
      u32('replay', '1: takes timestamps and advance'),
      u32('traces', "1: wants callers' spans. A server of before traces ends its answer here, which means 0"),
    ],
  },
];
