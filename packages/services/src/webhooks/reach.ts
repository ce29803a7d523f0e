/**
 * Where webhooks may be sent. An endpoint is chosen by somebody outside, and the request is made from inside: so
 * addresses that are not the public internet's are refused, unless the operator has named them. The address is checked
 * when the connection is made, and that very address is connected to: a name that resolves to another one a moment
 * later gains nothing.
 */
import { lookup as resolve } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { invalid, invalidField, named } from 'tallystick/internal/model';

/** Ranges that are special by the registries of IANA. */
const SPECIAL: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
];

/** Of IPv6 only global unicast is public, and of that not what carries IPv4 addresses or is for documents. */
const SPECIAL_IN_2000: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
];

const special = new BlockList();
for (const [net, prefix, family] of [...SPECIAL, ...SPECIAL_IN_2000]) special.addSubnet(net, prefix, family);
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is one of the public internet. */
export function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  return version === 6 && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** What an operator has allowed besides the public internet. */
export class Reach {
  readonly #names = new Set<string>();
  readonly #ranges = new BlockList();

  /** `allowed`: names, addresses, and ranges such as `10.1.0.0/16`. Throws `invalid_argument`. */
  constructor(allowed: readonly string[] = []) {
    for (const one of allowed) this.#allow(one);
  }

  #allow(text: string): void {
    const [address = '', prefix] = text.split('/');
    const version = isIP(address);
    if (version === 0 && prefix === undefined && /^[a-z0-9.-]+$/i.test(address)) {
      this.#names.add(address.toLowerCase());
      return;
    }
    const bits = prefix === undefined ? undefined : Number(prefix);
    const bitsMax = version === 4 ? 32 : 128;
    if (version === 0 || (bits !== undefined && !(Number.isInteger(bits) && bits >= 1 && bits <= bitsMax))) {
      throw invalid(`webhooks: ${named(text)} is no name, address or range such as 10.1.0.0/16`);
    }
    this.#ranges.addSubnet(address, bits ?? bitsMax, version === 4 ? 'ipv4' : 'ipv6');
  }

  /** Throws `invalid_argument` for an address that no webhook is sent to, as far as its text tells. */
  check(text: string, field: string): URL {
    if (!URL.canParse(text)) throw invalidField(field, 'must be an address such as https://shop.example/hooks');
    const url = new URL(text);
    const host = hostOf(url);
    if (url.username !== '' || url.password !== '') throw invalidField(field, 'must have no user and no password');
    if (isIP(host) !== 0 && !this.#allows(host, host)) {
      throw invalidField(field, 'is an address of a private network, which the operator has not allowed');
    }
    const isPrivate = this.#names.has(host) || (isIP(host) !== 0 && !isPublic(host));
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isPrivate)) {
      throw invalidField(field, 'must begin with https://');
    }
    return url;
  }

  #allows(host: string, address: string): boolean {
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    return isPublic(address) || this.#names.has(host) || this.#ranges.check(address, family);
  }

  /** As Node looks up names for a connection: every address of the name must be allowed. */
  readonly lookup: LookupFunction = (host, { all }, callback) => {
    resolve(host, { all: true }).then(
      (found) => {
        const forbidden = found.find(({ address }) => !this.#allows(host.toLowerCase(), address));
        const [first] = found;
        if (forbidden !== undefined || first === undefined) {
          callback(new Error(`${host} is in a private network, which the operator has not allowed`), '', 0);
        } else if (all === true) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

/** Without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}
