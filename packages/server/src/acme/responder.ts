/**
 * Shows an authority that a name is ours, while an order is under way: over HTTP, or in a TLS handshake. It listens no
 * longer than that, answers what the authority asked for, and nothing else.
 */
import { createHash, type webcrypto } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { listenAt } from 'tallystick/internal/platform';
import { ALGORITHM, makePair, type Name, pemOf, reverseName } from './pair.ts';

export type ChallengeKind = 'http-01' | 'tls-alpn-01';

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Responder {
  /** Answers for a name from now on. */
  put(name: Name, token: string, keyAuthorization: string): Promise<void>;
  close(): Promise<void>;
}

const PATH = '/.well-known/acme-challenge/';
const ACME_PROTOCOL = 'acme-tls/1';
/** id-pe-acmeIdentifier (RFC 8737). */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';
const CONNECTIONS_MAX = 64;
const PATIENCE_MS = 5000;
const HOUR_MS = 3_600_000;

/** Rejects with what the system says of a port that cannot be had. */
export async function listen(kind: ChallengeKind, place: Place): Promise<Responder> {
  return kind === 'http-01' ? await listenHttp(place) : await listenTls(place);
}

async function listenHttp(place: Place): Promise<Responder> {
  const answers = new Map<string, string>();
  const server: HttpServer = createServer(
    { requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS },
    (request, response) => {
      const answer = answers.get(request.url ?? '');
      response.writeHead(answer === undefined ? 404 : 200, {
        'content-type': 'application/octet-stream',
        connection: 'close',
      });
      response.end(answer);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listenAt(server, place);
  return {
    put(_name, token, keyAuthorization) {
      answers.set(`${PATH}${token}`, keyAuthorization);
      return Promise.resolve();
    },
    close() {
      server.closeAllConnections();
      return closed(server);
    },
  };
}

async function listenTls(place: Place): Promise<Responder> {
  const contexts = new Map<string, SecureContext>();
  const server = createTlsServer(
    {
      handshakeTimeout: PATIENCE_MS,
      ALPNCallback: ({ protocols }) => (protocols.includes(ACME_PROTOCOL) ? ACME_PROTOCOL : undefined),
      SNICallback: (name, done) => {
        const context = contexts.get(name.toLowerCase());
        if (context === undefined) done(new Error('no such name'));
        else done(null, context);
      },
    },
    (socket) => socket.end(),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('tlsClientError', () => {});
  await listenAt(server, place);
  return {
    async put(name, _token, keyAuthorization) {
      contexts.set(reverseName(name).toLowerCase(), await proof(name, keyAuthorization));
    },
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A certificate of its own that holds the digest of what the authority asked for. */
async function proof(name: Name, keyAuthorization: string): Promise<SecureContext> {
  const keys: webcrypto.CryptoKeyPair = await makePair();
  const digest = createHash('sha256').update(keyAuthorization).digest();
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ CN: ['ACME challenge'] }],
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + HOUR_MS),
    keys: keys as never,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension([name]),
      // An OCTET STRING of 32 bytes.
      new x509.Extension(ACME_IDENTIFIER, true, Buffer.concat([Buffer.from([4, digest.length]), digest])),
    ],
  });
  return createSecureContext({ cert: certificate.toString('pem'), key: pemOf(keys) });
}
