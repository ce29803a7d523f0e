/** Pages for people on the server; they are a package of their own. */
import { version } from 'tallystick/internal/platform';
import type { Configuration } from '../config/index.ts';
import type { SignIn } from '../identity/index.ts';
import { Answers, createRegistry, type Logger, type Sources } from '../observe/index.ts';
import type { HttpSite } from '../server/index.ts';
import { signInOf } from './sign-in.ts';

/** What a site stands on, besides the API that its pages ask. */
export interface SiteHost {
  readonly version: string;
  /** The name of the ledger's folder, or `:memory:`. */
  readonly folder: string;
  /** Services with paths of their own: `payments`. */
  readonly services: readonly string[];
  /** The figures of the metrics port, as Prometheus reads them. */
  metrics(): Promise<string>;
  /** People sign in where their accounts are; undefined: they show a token. */
  readonly signIn: SignIn | undefined;
  /** Where browsers find the site; undefined: as each request names it. */
  readonly address: URL | undefined;
}

export type StartSite = (host: SiteHost) => Promise<HttpSite>;

/** Undefined where no site was asked for. */
export async function openSite(
  start: StartSite | undefined,
  configuration: Configuration,
  sources: Sources,
  log: Logger,
): Promise<HttpSite | undefined> {
  if (start === undefined) return undefined;
  const { folder = '', services, 'signIn.address': address } = configuration;
  const answers = new Answers(createRegistry(sources));
  return start({
    version: version(),
    folder,
    services,
    metrics: () => answers.text(),
    signIn: signInOf(configuration, log),
    address: address === undefined ? undefined : new URL(address),
  });
}
