/** Lists of withdrawn certificates (RFC 5280, 5.1), as an authority signs them. */
import { sign, X509Certificate } from 'node:crypto';

const COMMON_NAME = [0x55, 4, 3];
/** ecdsa-with-SHA256 */
const ALGORITHM = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const HOUR = 3_600_000;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (bytes: readonly number[]): Buffer => der(6, Buffer.from(bytes));
/** Positive: a first bit that is set would say otherwise. */
const integer = (bytes: Buffer): Buffer => der(2, bytes[0]! < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]));
const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

/** PEM; `withdrawn`: certificates in PEM that the authority has signed. `until`: an hour from now if left out. */
export function revocationList(
  authority: string,
  key: string,
  withdrawn: readonly string[],
  from: number = Date.now() - HOUR,
  until: number = Date.now() + HOUR,
): string {
  const algorithm = sequence(oid(ALGORITHM));
  const name = /CN=(.*)/.exec(new X509Certificate(authority).subject)![1]!;
  const issuer = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(name)))));
  const entries = withdrawn.map((cert) => {
    const serial = Buffer.from(new X509Certificate(cert).serialNumber, 'hex');
    return sequence(integer(serial), time(from));
  });
  const list = sequence(
    integer(Buffer.from([1])),
    algorithm,
    issuer,
    time(from),
    time(until),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
  );
  const signature = der(3, Buffer.alloc(1), sign('sha256', list, key));
  const text = sequence(list, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN X509 CRL-----\n${text}\n-----END X509 CRL-----\n`;
}
