/**
 * Replica addresses, as tigerbeetle-node reads them: `port`, `ip` or `ip:port`, IPv6 in brackets, no host names. And
 * some that it does not know: `unix:/path`, a server on this machine; `tcps://name:port` and `tcp://name:port`, whose
 * parameters another file reads.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { FileAddress } from './link.ts';
import { parseServer } from './server-url.ts';

const REPLICAS_MAX = 6;
/** Where `tallystick serve` listens by default; tigerbeetle-node has 3001, its own server's. */
export const NATIVE_PORT = 3000;
const HOST_DEFAULT = '127.0.0.1';

/**
 * The addresses in one spelling, `ip:port`, `tcps://name:port` or `unix:/path`. Throws what tigerbeetle-node throws, in
 * its words.
 */
export function parseAddresses(addresses: readonly (string | number)[]): string[] {
  const text = addresses.join(',');
  if (text === '') throw new Error('replica_addresses must not be empty');
  const parts = text.split(',');
  const parsed = parts.map(parseAddress);
  if (parsed.length > REPLICAS_MAX) throw new Error('Too many replica addresses.');
  return parsed;
}

/** Undefined for an address of another kind. */
export function parseUnix(text: string): FileAddress | undefined {
  const path = /^unix:(?:\/\/(?=\/))?(\/(?!\/).*[^/])$/s.exec(text)?.[1];
  return path === undefined ? undefined : { path };
}

function parseAddress(text: string): string {
  const file = parseUnix(text);
  if (file !== undefined) return `unix:${file.path}`;
  if (/^tcps?:/.test(text)) {
    const server = parseServer(text.split('?', 1)[0]!, /^tcps?:$/, NATIVE_PORT);
    if (server === undefined) throw new Error('Invalid replica address.');
    return `${server.url.protocol}//${server.url.hostname}:${server.port}`;
  }
  const [host, port] = split(text);
  const brackets = /^\[([^%]*)\]$/.exec(host);
  if (brackets !== null && isIPv6(brackets[1]!)) return `${canonicalIPv6(host)}:${parsePort(port)}`;
  if (isIPv4(host)) return `${host}:${parsePort(port)}`;
  throw new Error('Invalid replica address.');
}

function split(text: string): [host: string, port: string | undefined] {
  if (/^\d+$/.test(text)) return [HOST_DEFAULT, text];
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text);
  if (parts === null) throw new Error('Invalid replica address.');
  return [parts[1]!, parts[2]];
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return NATIVE_PORT;
  const port = Number(text);
  if (!/^(0|[1-9]\d{0,4})$/.test(text) || port > 65_535) throw new Error('Invalid replica address.');
  return port;
}

function canonicalIPv6(host: string): string {
  return new URL(`http://${host}/`).hostname;
}
