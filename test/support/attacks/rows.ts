/**
 * The attacks, each with what it is at each door; in words: why it is none there. Sizes are small: a share of a small
 * server, not a machine's worth.
 */
import type { Socket } from 'node:net';
import { Operation } from '../../../src/model/index.ts';
import { frame, framed } from '../../../testing/ports/msgpack.ts';
import { TOKEN } from '../door-servers.ts';
import { frameOf, helloFrame } from '../native-peer.ts';
import { Recorded } from '../recorded.ts';
import { enter } from '../served-doors.ts';
import { ACCOUNTS, type Column, type Urls } from './columns.ts';
import { type Attackers, dribble, often } from './crowd.ts';
import { call, calls, greeting, polite, resets, SUBMIT, WATCH } from './http2.ts';

/** What is sent is known once the server is there. */
type Cell = string | Attackers | ((urls: Urls) => Promise<Attackers>);

export interface Row {
  readonly attack: string;
  /** The server does TLS. */
  readonly tls?: true;
  readonly cells: { readonly [column in Column]: Cell };
}

const MIB = 2 ** 20;
const STRANGERS = 60;
const READERS = 24;
const NOBODY = 'a-token-that-nobody-gave-out';
const FILE_IS_RIGHT = 'whoever may open the file is known by that';
const NOTHING_LASTS = 'no call of a stranger lasts';

const say = (bytes: Uint8Array | string, size = STRANGERS): Attackers => ({
  size,
  act: (socket) => socket.write(bytes),
});
const again = (text: string): Attackers => ({
  size: STRANGERS,
  act: (socket) => {
    socket.write(text);
    often(socket, 100, () => socket.write(text));
  },
});
const slowly = (bytes: Uint8Array, size = STRANGERS): Attackers => ({
  size,
  act: (socket) => dribble(socket, bytes, socket),
});
const silent: Attackers = { size: STRANGERS, act: () => {} };
const fickle: Attackers = {
  size: STRANGERS,
  act: (socket) => (socket.remotePort === undefined ? socket.destroy() : socket.resetAndDestroy()),
};

const get = (path: string, token?: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${bearer(token)}\r\n`;
const post = (path: string, size: number, token?: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${bearer(token)}content-type: ` +
  `application/json\r\ncontent-length: ${size}\r\n\r\n`;
const bearer = (token?: string): string => (token === undefined ? '' : `authorization: Bearer ${token}\r\n`);
const body = (head: string, size: number): Buffer => Buffer.concat([Buffer.from(head), Buffer.alloc(size, 0x20)]);

const lookup = frame({ id: 2, op: 'lookup_accounts', events: [1, 2, 3] });
const nativeLookup = frameOf({ operation: Operation.lookup_accounts, count: 1 }, new Uint8Array(16).fill(1));
const nativeCreate = frameOf({ operation: Operation.create_transfers, count: 8000 }, new Uint8Array(8000 * 128));
const ids = Array.from({ length: ACCOUNTS }, (_, index) => index + 1);

/** Requests of a known caller for half a megabyte or more each, as a client sends them. */
async function asksMuch(urls: Urls, column: Column): Promise<Buffer> {
  if (column === 'metrics') return Buffer.from(get('/metrics', TOKEN).repeat(400));
  if (column === 'http') {
    const text = JSON.stringify(ids);
    return Buffer.from((post('/v1/lookup_accounts', text.length, TOKEN) + text).repeat(8));
  }
  if (column === 'msgpack') {
    const asks = ids.slice(1, 9).map((id) => frame({ id, op: 'lookup_accounts', events: ids }));
    return Buffer.concat([frame({ id: 1, op: 'hello', token: TOKEN }), ...asks]);
  }
  const url = urls[column === 'unix' ? 'native' : column];
  return Recorded.through(url, async (address) => {
    const client = await enter(column === 'grpc' ? 'grpc' : 'native', address, { token: TOKEN });
    await Promise.all(Array.from({ length: 8 }, () => client.lookupAccounts(ids.map(BigInt))));
    await client.close();
  });
}

/** Clients that ask for much and read none of it, or at a trickle. */
const reading =
  (column: Column, trickles: boolean): Cell =>
  async (urls) => {
    const bytes = await asksMuch(urls, column);
    const act = (socket: Socket): void => {
      socket.write(bytes);
      if (trickles) often(socket, 200, () => socket.read(4096));
    };
    return { size: READERS, act, deaf: true };
  };

const cellsOf = (cell: (column: Column) => Cell): Row['cells'] => ({
  native: cell('native'),
  unix: cell('unix'),
  grpc: cell('grpc'),
  msgpack: cell('msgpack'),
  http: cell('http'),
  metrics: cell('metrics'),
});

/** The head of a ClientHello that says that more will come. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
const handshake: Attackers = {
  size: STRANGERS,
  act: (socket, index) => {
    if (index % 2 === 0) socket.write(HALF_HELLO);
  },
};

export const rows: readonly Row[] = [
  { attack: 'connections that say nothing', cells: cellsOf(() => silent) },
  { attack: 'connections that come and go at once', cells: cellsOf(() => fickle) },
  {
    attack: 'a greeting, byte by byte',
    cells: {
      native: slowly(helloFrame(0n, NOBODY)),
      unix: slowly(helloFrame(0n)),
      grpc: slowly(greeting),
      msgpack: slowly(frame({ id: 1, op: 'hello', token: NOBODY })),
      http: slowly(Buffer.from(get('/v1/accounts'))),
      metrics: slowly(Buffer.from(get('/live'))),
    },
  },
  {
    attack: 'connections that are as alive as one can be without a token',
    cells: {
      native: say(helloFrame(0n, NOBODY)),
      unix: FILE_IS_RIGHT,
      grpc: { size: STRANGERS, act: polite },
      msgpack: say(frame({ id: 1, op: 'hello', token: NOBODY })),
      http: again(get('/v1/accounts')),
      metrics: again(get('/metrics')),
    },
  },
  {
    attack: 'frames, streams and bodies without a token',
    cells: {
      native: say(nativeCreate),
      unix: say(nativeCreate),
      grpc: { size: STRANGERS, act: (socket) => calls(socket, 40, SUBMIT, new Uint8Array(16 * 1024)) },
      msgpack: say(framed(Buffer.alloc(MIB))),
      http: say(body(post('/v1/create_transfers', 4 * MIB), 4 * MIB)),
      metrics: say(body(post('/metrics', 4 * MIB), 4 * MIB)),
    },
  },
  {
    attack: 'many small requests at once',
    cells: {
      native: say(Buffer.concat(Array.from({ length: 1000 }, () => helloFrame(0n, NOBODY)))),
      unix: say(Buffer.concat([helloFrame(0n), ...Array.from({ length: 1000 }, () => nativeLookup)])),
      grpc: { size: STRANGERS, act: (socket) => resets(socket, 10) },
      msgpack: say(Buffer.concat(Array.from({ length: 1000 }, () => lookup))),
      http: say(get('/v1/accounts').repeat(1000)),
      metrics: say(get('/metrics').repeat(1000)),
    },
  },
  {
    attack: 'health that is watched for ever',
    cells: {
      native: NOTHING_LASTS,
      unix: NOTHING_LASTS,
      grpc: { size: STRANGERS, act: (socket) => calls(socket, 100, WATCH, Buffer.alloc(5)) },
      msgpack: NOTHING_LASTS,
      http: NOTHING_LASTS,
      metrics: NOTHING_LASTS,
    },
  },
  {
    attack: 'probes that come again and again over connections that stay',
    cells: {
      native: 'there are no probes; see the connections that say nothing',
      unix: 'there are no probes; see the connections that say nothing',
      grpc: {
        size: STRANGERS,
        act: (socket) => calls(socket, 8, '/grpc.health.v1.Health/Check', new Uint8Array(0)),
      },
      msgpack: 'there are no probes; see the connections that say nothing',
      http: 'there are no probes; see the connections as alive as can be',
      metrics: again(get('/live')),
    },
  },
  { attack: 'answers that nobody reads', cells: cellsOf((column) => reading(column, false)) },
  { attack: 'answers that are read at a trickle', cells: cellsOf((column) => reading(column, true)) },
  {
    attack: 'requests of known callers, byte by byte',
    cells: {
      native: known(helloFrame(0n, TOKEN), nativeLookup),
      unix: known(helloFrame(0n), nativeLookup),
      grpc: {
        size: READERS,
        act: (socket) => call(socket, SUBMIT, TOKEN, (stream) => dribble(stream, Buffer.alloc(1000), socket)),
      },
      msgpack: known(frame({ id: 1, op: 'hello', token: TOKEN }), lookup),
      http: known(Buffer.from(post('/v1/lookup_accounts', MIB, TOKEN)), Buffer.alloc(MIB, 0x20)),
      metrics: 'a request is its headers; see the greeting',
    },
  },
  {
    attack: 'feeds that nobody reads',
    cells: {
      native: 'there is no feed',
      unix: 'there is no feed',
      grpc: 'one page is on its way at a time, and whoever takes none is cut off: test/doors/grpc/follow',
      msgpack: 'there is no feed',
      http: {
        ...say(
          get('/v1/changes', TOKEN).replace('\r\n\r\n', '\r\naccept: text/event-stream\r\n\r\n').repeat(50),
          READERS,
        ),
        deaf: true,
      },
      metrics: 'there is no feed',
    },
  },
  {
    attack: 'handshakes that do not begin, or stop half way',
    tls: true,
    cells: cellsOf((column) => (column === 'unix' ? 'there is no TLS at a file of this machine' : handshake)),
  },
];

/** Greets as it should, and then says the rest a byte at a time. */
function known(greets: Uint8Array, rest: Uint8Array): Attackers {
  return {
    size: READERS,
    act: (socket) => {
      socket.write(greets);
      dribble(socket, rest, socket);
    },
  };
}
