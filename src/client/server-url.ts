import type { TcpAddress } from './link.ts';

export interface ServerUrl extends TcpAddress {
  readonly url: URL;
}

/** The URL of a server, by one of the protocols (`/^tcps?:$/`), and of nothing on it; undefined for any other text. */
export function parseServer(address: string, protocols: RegExp, portDefault: number): ServerUrl | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !protocols.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname))
    return undefined;
  const port = url.port === '' ? portDefault : Number(url.port);
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, url };
}
