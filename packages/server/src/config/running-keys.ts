/** What a server takes on, and what it says. */
import { choice, count, type Key, type KeysOf } from './configuration.ts';

const lane = (about: string, preset: number): Key<number> => ({ kind: count(1, 2 ** 24), preset, about });

export const runningKeys: KeysOf<'limits' | 'lanes' | 'log' | 'traces'> = {
  'limits.connections': { kind: count(1, 1_000_000), preset: 4096, about: 'Connections that each door may have.' },
  'limits.bodyBytes': {
    kind: count(4096, 2 ** 28),
    preset: 6 * 2 ** 20,
    about: 'Largest body of an HTTP request. Frames of the other doors hold 1 MiB.',
  },
  'limits.memory': {
    kind: count(2 ** 22, 2 ** 40),
    preset: 512 * 2 ** 20,
    about:
      'Bytes that all doors together may hold for clients: replies, unread requests, HTTP bodies and TLS ' +
      'handshakes on their way. If they run short, the server cuts off the clients that take their replies ' +
      'most slowly.',
  },
  'limits.diskReserve': {
    kind: count(0, 2 ** 40),
    preset: 256 * 2 ** 20,
    about:
      "Bytes kept free on the ledger's disk, at most a twentieth of it. With less, creates are refused with " +
      '`disk_full` and reads go on. 0 keeps nothing free.',
  },
  'limits.inFlight': {
    kind: count(1, 65_536),
    preset: 256,
    about: 'Requests of one gRPC stream that may be unanswered at a time.',
  },
  'limits.handshake': {
    kind: { is: 'duration' },
    preset: 5000,
    about: 'Time from connecting to the end of the TLS handshake and the hello; the server cuts off slower clients.',
  },
  'limits.strangers': {
    kind: count(1, 1_000_000),
    preset: 512,
    about:
      'Connections of each door whose callers have shown no valid credential yet, at most a quarter of ' +
      '`limits.connections`; one address gets half of them. The oldest makes room for the next.',
  },
  'limits.strangerTime': {
    kind: { is: 'duration' },
    preset: 30_000,
    about: 'Time from connecting to the first request with a valid token; the server cuts off slower callers.',
  },
  'limits.drain': {
    kind: { is: 'duration' },
    preset: 10_000,
    about: 'Time that clients get to leave when the server ends.',
  },
  'limits.query': {
    kind: { is: 'duration' },
    preset: 60_000,
    about: 'Longest time of a query; a client may give a shorter deadline.',
  },
  'lanes.critical.weight': lane('Cells a turn that the critical lane may send while others wait.', 16_384),
  'lanes.critical.credit': lane('Cells that may wait in the critical lane.', 16_384),
  'lanes.high.weight': lane('The same for the high lane.', 4096),
  'lanes.high.credit': lane('The same for the high lane.', 65_536),
  'lanes.normal.weight': lane('The same for the normal lane.', 1024),
  'lanes.normal.credit': lane('The same for the normal lane.', 49_152),
  'lanes.policy': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'JSON file of rules that choose lanes (docs/guides/serve.md). Not set: callers that may create get the ' +
      'lane that they ask for, except for queries.',
  },
  'log.level': {
    kind: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    preset: 'info',
    about: 'Level from which events are logged.',
  },
  'log.format': {
    kind: choice('auto', 'json', 'pretty'),
    preset: 'auto',
    about:
      'A line of JSON for each event, or a line of text for people; `auto` is text on a terminal and JSON elsewhere.',
  },
  'log.audit': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'File that gets a line for each request that created something: the caller, its address, what it ' +
      'created, and the timestamp that the ledger gave it.',
  },
  'traces.endpoint': {
    kind: { is: 'url' },
    preset: undefined,
    about:
      'Address that spans are sent to, by OTLP over HTTP, such as `http://127.0.0.1:4318`. Not set: the server ' +
      'makes no spans.',
  },
  'traces.sampleRatio': {
    kind: { is: 'ratio' },
    preset: 0.01,
    about: 'Share of requests that are traced; a caller with a trace of its own decides itself.',
  },
};
