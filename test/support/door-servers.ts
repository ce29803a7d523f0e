/** Each door in this process, over a port of the test's own, with small limits. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Access,
  type Authenticator,
  accessOf,
  type Budget,
  Certificates,
  type Gate,
  GrpcServer,
  HttpServer,
  Ingress,
  MessagePackServer,
  NativeServer,
  overTls,
  StaticTokenAuthenticator,
} from '../../packages/server/src/server/index.ts';
import { DoorCounters } from '../../src/base/index.ts';
import type { Port } from '../../src/model/index.ts';
import { Authority, temporaryFolder } from './access.ts';
import type { DoorName } from './served-doors.ts';

export interface DoorLimits {
  readonly connectionsMax?: number;
  readonly helloMs?: number;
  readonly writeMs?: number;
  readonly gate?: Gate;
  readonly budget?: Budget;
}

export interface OpenDoor {
  readonly port: number;
  readonly counters: DoorCounters;
  close(): Promise<void>;
}

/** Certificates for 127.0.0.1 in files of their own. */
export async function loadCertificates(): Promise<{ certificates: Certificates; ca: string; folder: string }> {
  const folder = temporaryFolder();
  const authority = await Authority.make('ours');
  const { cert, key } = await authority.sign('ledger');
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.certificate, cert);
  writeFileSync(files.key, key);
  return { certificates: await Certificates.load(files, () => {}), ca: authority.cert, folder };
}

export interface DoorAccess {
  readonly certificates?: Certificates;
  readonly authenticator?: Authenticator;
}

export const TOKEN = 'a-static-token-of-the-owner';
const SCHEMES: { readonly [door in DoorName]: string } = {
  native: 'tcp',
  grpc: 'grpc',
  http: 'http',
  msgpack: 'msgpack',
};

/** A door that wants {@link TOKEN}. */
export async function openGuarded(
  door: DoorName,
  ledger: Port,
  limits: DoorLimits = {},
): Promise<OpenDoor & { readonly url: string }> {
  const open = await openDoor(door, ledger, limits, { authenticator: new StaticTokenAuthenticator(TOKEN) });
  return { ...open, url: `${SCHEMES[door]}://127.0.0.1:${open.port}` };
}

export async function openDoor(
  door: DoorName,
  ledger: Port,
  { connectionsMax, helloMs, writeMs, gate, budget }: DoorLimits = {},
  access: DoorAccess = {},
): Promise<OpenDoor> {
  const lanes = new Ingress(ledger);
  const most = connectionsMax === undefined ? {} : { connectionsMax };
  const hello = helloMs === undefined ? {} : { helloMs };
  const write = writeMs === undefined ? {} : { writeMs };
  const ended = async (drain: (milliseconds: number) => Promise<void>): Promise<void> => {
    await drain(50);
    await lanes.close();
  };
  switch (door) {
    case 'native': {
      const counters = new DoorCounters('native');
      const { certificates, authenticator } = access;
      const known = async (token: string | undefined): Promise<Access> =>
        accessOf(lanes, await authenticator!.authenticate(token));
      const exposure = {
        tls: certificates !== undefined,
        clientCertificates: false,
        tokens: authenticator !== undefined,
      };
      const server = await NativeServer.listen(authenticator === undefined ? () => ({ port: lanes }) : known, {
        counters,
        exposure,
        gate,
        budget,
        limits: { ...most, ...hello, ...write },
        ...(certificates === undefined ? {} : overTls(certificates, helloMs)),
      });
      return { port: server.address.port, counters, close: () => ended((ms) => server.drain(ms)) };
    }
    case 'grpc': {
      const server = await GrpcServer.listen(lanes, {
        port: 0,
        gate,
        budget,
        limits: { ...most, ...hello, ...write },
        ...access,
      });
      return { port: server.address.port, counters: server.counters, close: () => ended((ms) => server.drain(ms)) };
    }
    case 'http': {
      const server = new HttpServer(lanes, {
        gate,
        budget,
        ...most,
        ...(helloMs === undefined ? {} : { headersTimeoutMs: helloMs }),
        ...(writeMs === undefined ? {} : { writeTimeoutMs: writeMs }),
        ...access,
      });
      const { port } = await server.listen(0, '127.0.0.1');
      return { port, counters: server.counters, close: () => ended((ms) => server.drain(ms)) };
    }
    case 'msgpack': {
      const server = new MessagePackServer(lanes, {
        gate,
        budget,
        ...most,
        ...hello,
        ...(writeMs === undefined ? {} : { writeTimeoutMs: writeMs }),
        ...access,
      });
      const { port } = await server.listen(0, '127.0.0.1');
      return { port, counters: server.counters, close: () => ended((ms) => server.drain(ms)) };
    }
  }
}
