/** Each door in this process, over a port of the test's own, with small limits. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authenticator,
  admitting,
  Certificates,
  exposureOf,
  StaticTokenAuthenticator,
} from '../../packages/server/src/identity/index.ts';
import {
  type DoorOptions,
  type Gate,
  GrpcServer,
  HttpServer,
  Ingress,
  MessagePackServer,
  type Meter,
  NativeServer,
  overTls,
} from '../../packages/server/src/server/index.ts';
import { DoorCounters } from '../../src/base/index.ts';
import type { Port } from '../../src/model/index.ts';
import { Authority, temporaryFolder } from './access.ts';
import { atEnd } from './endings.ts';
import type { DoorName } from './served-doors.ts';

interface ShortLimits {
  readonly connectionsMax?: number;
  readonly helloMs?: number;
  readonly writeMs?: number;
}

export interface DoorLimits extends ShortLimits {
  readonly gate?: Gate;
  readonly budget?: Meter;
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
  return { certificates: await Certificates.load(files, { problem: () => {} }), ca: authority.cert, folder };
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
  const limits = {
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
    ...(helloMs === undefined ? {} : { helloMs }),
    ...(writeMs === undefined ? {} : { writeMs }),
  };
  const options = { port: 0, gate, budget, limits, ...access };
  const { counters, address, drain } = await listening(door, lanes, options);
  const close = atEnd(async () => {
    await drain(50);
    await lanes.close();
  });
  return { port: address.port, counters, close };
}

interface Listening {
  readonly counters: DoorCounters;
  readonly address: { readonly port: number };
  readonly drain: (milliseconds: number) => Promise<void>;
}

async function listening(
  door: DoorName,
  lanes: Port,
  options: Pick<DoorOptions, 'gate' | 'budget'> & DoorAccess & { readonly port: number; readonly limits: ShortLimits },
): Promise<Listening> {
  if (door === 'native') {
    const counters = new DoorCounters('native');
    const { certificates, limits } = options;
    const server = await NativeServer.listen(admitting('native', lanes, options), {
      ...options,
      counters,
      exposure: exposureOf(options),
      ...(certificates === undefined ? {} : overTls(certificates, limits.helloMs)),
    });
    return { counters, address: server.address, drain: (milliseconds) => server.drain(milliseconds) };
  }
  const server = await { grpc: GrpcServer, http: HttpServer, msgpack: MessagePackServer }[door].listen(lanes, options);
  const { counters, address } = server;
  return { counters, address, drain: (milliseconds) => server.drain(milliseconds) };
}
