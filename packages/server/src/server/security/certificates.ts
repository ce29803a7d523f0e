/**
 * Certificates from files, read again when they change: new connections get the new ones, connections that are open
 * stay. Files that cannot be used leave the old certificates in force, and the problem is reported. Clients' own
 * certificates are believed until they end, and no longer.
 */
import { createSecureContext, type SecureContextOptions, type TLSSocket, type TlsOptions } from 'node:tls';
import { TallystickError } from 'tallystick/internal/model';
import { WatchedFiles } from 'tallystick/internal/platform';
import { whenIts } from './expiry.ts';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority that signs clients' certificates; with it, clients must show one. */
  readonly clientAuthority?: string;
  /** PEM file of the certificates that this authority has withdrawn. */
  readonly revoked?: string;
}

/** A server whose certificates can be replaced: `tls.Server`, `https.Server`. */
export interface Replaceable {
  setSecureContext(options: SecureContextOptions): void;
  on(event: 'secureConnection', listener: (socket: TLSSocket) => void): unknown;
}

const LOOK_MS = 30_000;
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
  readonly #report: (problem: TallystickError) => void;
  readonly #servers = new Set<Replaceable>();
  /** Connections whose clients have shown a certificate. */
  readonly #shown = new Set<TLSSocket>();
  #timer: NodeJS.Timeout | undefined;
  #options: SecureContextOptions = {};

  private constructor(files: CertificateFiles, report: (problem: TallystickError) => void) {
    const { certificate, key, clientAuthority, revoked } = files;
    this.#mutual = clientAuthority !== undefined;
    this.#report = report;
    const more = [clientAuthority, revoked].filter((path) => path !== undefined);
    const paths = [certificate, key, ...(clientAuthority === undefined ? [] : more)];
    this.#files = new WatchedFiles(paths, () => void this.reload());
  }

  /** Rejects with `invalid_argument` when the files cannot be used. `report` hears of later trouble. */
  static async load(files: CertificateFiles, report: (problem: TallystickError) => void): Promise<Certificates> {
    const certificates = new Certificates(files, report);
    try {
      certificates.#options = await certificates.#read();
    } catch (error) {
      certificates.close();
      throw error;
    }
    // A folder on a network may change without a word.
    certificates.#timer = setInterval(() => void certificates.reload(), LOOK_MS).unref();
    return certificates;
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
      this.#report(error as TallystickError);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#files.close();
    this.#servers.clear();
  }

  /** Certificate and key must fit each other, or nothing is replaced. */
  async #read(): Promise<SecureContextOptions> {
    try {
      const [cert, key, ca, crl] = await this.#files.read();
      const options: SecureContextOptions = {
        cert: cert!,
        key: key!,
        ciphers: CIPHERS,
        ...(ca === undefined ? {} : { ca }),
        ...(crl === undefined ? {} : { crl }),
      };
      createSecureContext(options);
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
