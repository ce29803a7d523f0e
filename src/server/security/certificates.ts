/**
 * Certificates from files, read again when they change: new connections get the new ones, connections that are open stay. Files that cannot be used
 * leave the old certificates in force, and the problem is reported. Clients' own certificates are believed until they end, and no longer.
 */
import { createSecureContext, type SecureContextOptions, type TLSSocket, type TlsOptions } from 'node:tls';
import { TallystickError } from '../../model/index.ts';
import { WatchedFiles } from '../../platform/index.ts';
import { whenIts } from './expiry.ts';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority that signs clients' certificates; with it, clients must show one. */
  readonly clientAuthority?: string;
}

/** A server whose certificates can be replaced: `tls.Server`, `https.Server`. */
export interface Replaceable {
  setSecureContext(options: SecureContextOptions): void;
  on(event: 'secureConnection', listener: (socket: TLSSocket) => void): unknown;
}

export class Certificates {
  readonly #mutual: boolean;
  readonly #files: WatchedFiles;
  readonly #report: (problem: TallystickError) => void;
  readonly #servers = new Set<Replaceable>();
  #options: SecureContextOptions = {};

  private constructor(files: CertificateFiles, report: (problem: TallystickError) => void) {
    const { certificate, key, clientAuthority } = files;
    this.#mutual = clientAuthority !== undefined;
    this.#report = report;
    const paths = clientAuthority === undefined ? [certificate, key] : [certificate, key, clientAuthority];
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
    return certificates;
  }

  /** Options for a TLS server; call {@link serve} with it so that it follows the files. */
  get options(): TlsOptions {
    return { ...this.#options, minVersion: 'TLSv1.2', requestCert: this.#mutual, rejectUnauthorized: this.#mutual };
  }

  /** The server gets new certificates from now on, and its connections end with the certificates that clients have shown. */
  serve(server: Replaceable): void {
    this.#servers.add(server);
    if (this.#mutual) server.on('secureConnection', endWithCertificate);
  }

  /** Reads the files again. */
  async reload(): Promise<void> {
    try {
      this.#options = await this.#read();
      for (const server of this.#servers) server.setSecureContext(this.#options);
    } catch (error) {
      this.#report(error as TallystickError);
    }
  }

  close(): void {
    this.#files.close();
    this.#servers.clear();
  }

  /** Certificate and key must fit each other, or nothing is replaced. */
  async #read(): Promise<SecureContextOptions> {
    try {
      const [cert, key, ca] = await this.#files.read();
      const options: SecureContextOptions = { cert: cert!, key: key!, ...(ca === undefined ? {} : { ca }) };
      createSecureContext(options);
      return options;
    } catch (error) {
      const why = (error as Error).message;
      throw new TallystickError('invalid_argument', `the certificate files cannot be used: ${why}`, { cause: error });
    }
  }
}

/** What was asked and is not answered by then ends as when a connection is lost. A session that is resumed has the certificate that it began with, and nobody has looked at it again. */
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
