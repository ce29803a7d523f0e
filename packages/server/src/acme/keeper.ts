/**
 * Keeps a certificate: gets it, and renews it when its authority says so, or else when two thirds of its life are over.
 * A folder holds
 *
 *   account.pem       the key of the account at the authority
 *   certificate.pem   the key of the certificate, then its chain: one file, so that both are replaced at once
 *
 * A certificate that cannot be renewed stays in force until its end, and the problem is reported.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { storageError } from 'tallystick/internal/platform';
import { Authority, Refusal } from './authority.ts';
import { obtain, unusable } from './order.ts';
import { type Name, nameOf } from './pair.ts';
import { certificateId, type Wish, wishFor } from './renewal.ts';
import { type ChallengeKind, listen, type Responder } from './responder.ts';

export interface KeeperOptions {
  readonly directory: string;
  /** Names and addresses; one at least. */
  readonly names: readonly string[];
  readonly folder: string;
  readonly challenge: ChallengeKind;
  readonly host: string;
  readonly port: number;
  readonly contact?: string | undefined;
  /** Path of the PEM of the authority behind the directory's https. */
  readonly ca?: string | undefined;
  readonly external?: { readonly id: string; readonly key: string } | undefined;
}

export interface KeeperEvents {
  /** A certificate was had, good until then. */
  readonly renewed: (until: Date) => void;
  /** None was had; it is tried again in so many milliseconds. */
  readonly problem: (problem: TallystickError, againMs: number) => void;
}

const OWNER_ONLY = 0o600;
const FOLDER_MODE = 0o700;
/** Share of its life after which a certificate is renewed; up to `EARLIER` before, so that many do not come at once. */
const RENEWED_AT = 2 / 3;
const EARLIER = 0.05;
/** An authority may wish for it from when so much of its life is over until when so much is. */
const WISHED_AT = [0.05, 0.9] as const;
const AGAIN_MS_MIN = 1000;
const AGAIN_MS_MAX = 3_600_000;
/** A timer takes no more. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class CertificateKeeper {
  readonly #options: KeeperOptions;
  readonly #names: readonly Name[];
  readonly #events: KeeperEvents;
  readonly #path: string;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  private constructor(options: KeeperOptions, events: KeeperEvents) {
    this.#options = options;
    this.#names = options.names.map(nameOf);
    this.#events = events;
    this.#path = join(options.folder, 'certificate.pem');
  }

  /** Resolves when there is a good certificate. Rejects with `unreachable`, or as files do, when none can be had. */
  static async open(options: KeeperOptions, events: KeeperEvents): Promise<CertificateKeeper> {
    mkdirSync(options.folder, { recursive: true, mode: FOLDER_MODE });
    const keeper = new CertificateKeeper(options, events);
    if (keeper.#standing() === undefined) await keeper.#renew();
    await keeper.#schedule();
    return keeper;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The certificate that is there, if it is good now. */
  #standing(): X509Certificate | undefined {
    try {
      const pem = readFileSync(this.#path, 'utf8');
      return unusable(pem, pem, this.#names) === undefined ? new X509Certificate(pem) : undefined;
    } catch {
      return undefined;
    }
  }

  async #schedule(): Promise<void> {
    if (this.#closed) return;
    const standing = this.#standing();
    if (standing === undefined) {
      this.#wait(0, true);
      return;
    }
    const { directory, ca } = this.#options;
    const wish = await wishFor(standing, directory, ca === undefined ? undefined : readFileSync(ca, 'utf8'));
    const dueMs = dueOf(standing, wish) - Date.now();
    const lookMs = wish?.askAgainMs ?? TIMER_MS_MAX;
    this.#wait(Math.max(Math.min(dueMs, lookMs), 0), dueMs <= lookMs);
  }

  /** Renews after so many milliseconds, or looks again. */
  #wait(milliseconds: number, renews: boolean): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void (renews ? this.#tryAgain() : this.#schedule()), milliseconds).unref();
  }

  async #tryAgain(): Promise<void> {
    try {
      await this.#renew();
      this.#failures = 0;
      await this.#schedule();
    } catch (error) {
      if (this.#closed) return;
      const againMs = this.#pauseAfter(error);
      this.#failures++;
      this.#events.problem(asProblem(error), againMs);
      this.#wait(againMs, true);
    }
  }

  /** Twice as long each time, but ten times at least before the certificate ends; not before the authority wants. */
  #pauseAfter(error: unknown): number {
    const standing = this.#standing();
    const leftMs = standing === undefined ? 0 : Date.parse(standing.validTo) - Date.now();
    const most = Math.min(AGAIN_MS_MAX, Math.max(leftMs / 10, 10 * AGAIN_MS_MIN));
    const pause = Math.min(AGAIN_MS_MIN * 2 ** Math.min(this.#failures, 30), most) * (0.75 + Math.random() / 2);
    return Math.max(pause, error instanceof Refusal ? Math.min(error.waitMs, AGAIN_MS_MAX) : 0);
  }

  async #renew(): Promise<void> {
    const { directory, ca, contact, external, challenge, host, port } = this.#options;
    const authority = await Authority.open({
      directory,
      contact,
      external,
      key: this.#accountKey(),
      ca: ca === undefined ? undefined : readFileSync(ca, 'utf8'),
    });
    const standing = this.#standing();
    const replaced = standing && certificateId(standing);
    const responder = await this.#listen(challenge, host, port);
    try {
      const pem = await obtain(authority, this.#names, challenge, responder, replaced);
      writeFileSync(`${this.#path}.new`, pem, { mode: OWNER_ONLY });
      renameSync(`${this.#path}.new`, this.#path);
      this.#events.renewed(new Date(new X509Certificate(pem).validTo));
    } finally {
      await responder.close();
    }
  }

  async #listen(kind: ChallengeKind, host: string, port: number): Promise<Responder> {
    try {
      return await listen(kind, { host, port });
    } catch (cause) {
      const why = `acme.port: ${host}:${port} cannot be had: ${(cause as Error).message}`;
      throw new TallystickError('not_listening', why, { cause });
    }
  }

  #accountKey(): KeyObject {
    const path = join(this.#options.folder, 'account.pem');
    try {
      return createPrivateKey(readFileSync(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asProblem(error);
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: OWNER_ONLY, flag: 'wx' });
    return privateKey;
  }
}

/** When it is renewed, milliseconds since the epoch: at some moment of the span that is wished for, if there is one. */
export function dueOf(standing: X509Certificate, wish: Wish | undefined): number {
  const [from, until] = [Date.parse(standing.validFrom), Date.parse(standing.validTo)];
  const at = (share: number): number => from + (until - from) * share;
  if (wish === undefined) return at(RENEWED_AT - Math.random() * EARLIER);
  const wished = wish.from + Math.random() * (wish.until - wish.from);
  return Math.min(Math.max(wished, at(WISHED_AT[0])), at(WISHED_AT[1]));
}

function asProblem(error: unknown): TallystickError {
  return error instanceof TallystickError ? error : storageError('keep a certificate', error);
}
