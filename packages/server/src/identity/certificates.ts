/**
 * Certificates from files, read again when they change: new connections get the new ones, connections that are open
 * stay. Files that cannot be used leave the old certificates in force, and the problem is reported. Clients' own
 * certificates are believed until they end, and no longer.
 */
import { createSecureContext, type SecureContextOptions, type TLSSocket, type TlsOptions } from 'node:tls';
import { TallystickError } from 'tallystick/internal/model';
import { WatchedFiles } from 'tallystick/internal/platform';
import { type Alarm, type Ending, EndingWatch, endingsOf, type Left, leftOf } from './endings.ts';
import { whenIts } from './expiry.ts';
import { pemCertificates, type Revocations, readRevocations } from './revocations.ts';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority that signs clients' certificates; with it, clients must show one. */
  readonly clientAuthority?: string;
  /** PEM file of the certificates that this authority has withdrawn. */
  readonly revoked?: string;
}

export interface CertificateEvents {
  /** Files cannot be used; what was read before stays in force. */
  readonly problem: (problem: TallystickError) => void;
  /** Something is about to end, or is over. */
  readonly ending?: (what: Ending['what'], alarm: Alarm, until: Date) => void;
}

/** A server whose certificates can be replaced: `tls.Server`, `https.Server`. */
export interface Replaceable {
  setSecureContext(options: SecureContextOptions): void;
  on(event: 'secureConnection', listener: (socket: TLSSocket) => void): unknown;
}

const LOOK_MS = 30_000;
/** How often it is looked whether something is about to end: there are certificates that live for minutes. */
const ALARM_MS = 1000;
/** With a new key for each connection, and encryption that is its own checksum. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
].join(':');

export class Certificates {
  readonly #mutual: boolean;
  readonly #files: WatchedFiles;
  readonly #events: CertificateEvents;
  readonly #watch: EndingWatch;
  readonly #servers = new Set<Replaceable>();
  /** Connections whose clients have shown a certificate. */
  readonly #shown = new Set<TLSSocket>();
  readonly #timers: NodeJS.Timeout[] = [];
  #options: SecureContextOptions = {};
  #endings: readonly Ending[] = [];
  #revocations: Revocations | undefined;

  private constructor(files: CertificateFiles, events: CertificateEvents) {
    const { certificate, key, clientAuthority, revoked } = files;
    this.#mutual = clientAuthority !== undefined;
    this.#events = events;
    this.#watch = new EndingWatch(events.ending ?? (() => {}));
    const more = [clientAuthority, revoked].filter((path) => path !== undefined);
    const paths = [certificate, key, ...(clientAuthority === undefined ? [] : more)];
    this.#files = new WatchedFiles(paths, () => void this.reload());
  }

  /** Rejects with `invalid_argument` when the files cannot be used. `events` hear of later trouble. */
  static async load(files: CertificateFiles, events: CertificateEvents): Promise<Certificates> {
    const certificates = new Certificates(files, events);
    try {
      certificates.#options = await certificates.#read();
      certificates.#watch.look(certificates.#endings);
    } catch (error) {
      certificates.close();
      throw error;
    }
    // A folder on a network may change without a word.
    certificates.#timers.push(
      setInterval(() => void certificates.reload(), LOOK_MS).unref(),
      setInterval(() => certificates.#watch.look(certificates.#endings), ALARM_MS).unref(),
    );
    return certificates;
  }

  /** What is left of each, now. */
  get left(): readonly Left[] {
    return leftOf(this.#endings, Date.now());
  }

  /** Options for a TLS server; call {@link serve} with it so that it follows the files. */
  get options(): TlsOptions {
    return { ...this.#options, minVersion: 'TLSv1.2', requestCert: this.#mutual, rejectUnauthorized: this.#mutual };
  }

  /**
   * The server gets new certificates from now on, and its connections end with the certificates that clients have
   * shown.
   */
  serve(server: Replaceable): void {
    this.#servers.add(server);
    if (!this.#mutual) return;
    server.on('secureConnection', (socket) => {
      endWithCertificate(socket);
      this.#shown.add(socket);
      socket.once('close', () => this.#shown.delete(socket));
    });
  }

  /** Reads the files again. Clients whose certificate may not be good any more come again to show it. */
  async reload(): Promise<void> {
    try {
      const before = this.#options;
      this.#options = await this.#read();
      if (isSame(before.ca, this.#options.ca) && isSame(before.crl, this.#options.crl)) {
        if (isSame(before.cert, this.#options.cert) && isSame(before.key, this.#options.key)) return;
      } else for (const socket of this.#shown) socket.destroy();
      for (const server of this.#servers) server.setSecureContext(this.#options);
    } catch (error) {
      this.#events.problem(error as TallystickError);
    } finally {
      this.#watch.look(this.#endings);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#files.close();
    this.#servers.clear();
  }

  /** Certificate and key must fit each other, or nothing is replaced. */
  async #read(): Promise<SecureContextOptions> {
    try {
      const [cert, key, ca, crl] = await this.#files.read();
      const revocations =
        crl === undefined ? undefined : await readRevocations(String(crl), String(ca), this.#revocations);
      const options: SecureContextOptions = {
        cert: cert!,
        key: key!,
        ciphers: CIPHERS,
        ...(ca === undefined ? {} : { ca }),
        ...(revocations === undefined ? {} : { crl: [...revocations.lists] }),
      };
      createSecureContext(options);
      this.#endings = [
        ...endingsOf('certificate', pemCertificates(String(cert))),
        ...endingsOf('authority', ca === undefined ? [] : pemCertificates(String(ca))),
        ...(revocations?.endings ?? []),
      ];
      this.#revocations = revocations;
      return options;
    } catch (error) {
      const why = (error as Error).message;
      throw new TallystickError('invalid_argument', `the certificate files cannot be used: ${why}`, { cause: error });
    }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return String(one) === String(other);
}

/**
 * Unanswered requests end as with a lost connection. A resumed TLS session keeps its first certificate and is not
 * verified again, so we check the dates here.
 */
function endWithCertificate(socket: TLSSocket): void {
  const shown = socket.getPeerX509Certificate();
  // Only a port that lets strangers in meets them, and looks at that itself.
  if (shown === undefined) return;
  const end = Date.parse(shown.validTo);
  if (!(Date.now() < end)) socket.destroy();
  else
    socket.once(
      'close',
      whenIts(end, () => socket.destroy()),
    );
}
