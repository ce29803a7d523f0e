/** How people sign in to the pages of a server, as configured. */
import type { Configuration } from '../config/index.ts';
import { SignIn } from '../identity/index.ts';
import type { Logger } from '../observe/index.ts';

/** Undefined: whoever comes shows a token. Throws `invalid_argument` for an issuer that would be asked in the clear. */
export function signInOf(configuration: Configuration, log: Logger): SignIn | undefined {
  const { 'signIn.client': client, 'tokens.issuer': issuer } = configuration;
  if (client === undefined || issuer === undefined) return undefined;
  return new SignIn({
    issuer: new URL(issuer),
    client,
    secret: configuration['signIn.secret'],
    scope: configuration['signIn.scope'],
    resource: configuration['signIn.resource'],
    report: (problem) => log.warn({ err: problem }, 'somebody could not sign in'),
  });
}
