/** The native protocol over TLS. */
import { isIP, type OnReadOpts } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import type { OpenSocket } from './link.ts';

/** Opens sockets that check the server's certificate against its name, as `options` say. */
export function openTls(options: ConnectionOptions): OpenSocket {
  return ({ host, port }, onread) => {
    // Node passes it on to the socket; its types do not know.
    const reading: ConnectionOptions & { readonly onread: OnReadOpts } = { ...options, host, port, onread };
    return connect(isIP(host) === 0 ? { servername: host, ...reading } : reading);
  };
}
