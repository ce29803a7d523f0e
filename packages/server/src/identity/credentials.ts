/**
 * Several kinds of credentials at one door: an API key is known by how it begins, any other token is the issuer's, and
 * whoever brings neither is known by its certificate. What is not set up opens nothing.
 */
import { ApiKeyAuthenticator } from './api-keys.ts';
import type { Asker, Authenticator } from './authenticator.ts';
import { unauthenticated } from './expiry.ts';
import type { Identity } from './identity.ts';

export interface Kinds {
  readonly keys?: Authenticator | undefined;
  readonly tokens?: Authenticator | undefined;
  readonly certificates?: Authenticator | undefined;
}

export class CredentialAuthenticator implements Authenticator {
  readonly #kinds: Kinds;

  constructor(kinds: Kinds) {
    this.#kinds = kinds;
  }

  authenticate(token: string | undefined, asker?: Asker): Promise<Identity> {
    const { keys, tokens, certificates } = this.#kinds;
    if (token === undefined) return ask(certificates, 'certificates', token, asker);
    if (ApiKeyAuthenticator.isKey(token)) return ask(keys, 'API keys', token, asker);
    return ask(tokens, 'tokens', token, asker);
  }
}

function ask(
  kind: Authenticator | undefined,
  name: string,
  token: string | undefined,
  asker: Asker | undefined,
): Promise<Identity> {
  return kind?.authenticate(token, asker) ?? Promise.reject(unauthenticated(`this server takes no ${name}`));
}
