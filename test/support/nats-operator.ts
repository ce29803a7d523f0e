/** Accounts and users of nats-servers that know an operator, as `nsc` makes them: JSON web tokens signed with nkeys. */
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';

const EVERYTHING = -1;

function token(claims: object, signer: KeyPair): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ typ: 'JWT', alg: 'ed25519-nkey' });
  const body = part({ iat: Math.floor(Date.now() / 1000), iss: signer.getPublicKey(), ...claims });
  const signature = signer.sign(Buffer.from(`${head}.${body}`));
  return `${head}.${body}.${Buffer.from(signature).toString('base64url')}`;
}

export class NatsOperator {
  readonly #operator = createOperator();
  readonly #system = createAccount();
  readonly #account = createAccount();

  /** Lines of a server's configuration: it knows this operator, and one account that may use JetStream. */
  get configuration(): string {
    const operator = token(
      { sub: this.#operator.getPublicKey(), name: 'books', nats: { type: 'operator', version: 2 } },
      this.#operator,
    );
    const [system, account] = [this.#system, this.#account].map((key) => key.getPublicKey());
    const tokens = [this.#accountToken(this.#system, 0), this.#accountToken(this.#account, EVERYTHING)];
    return `operator: ${operator}
system_account: ${system}
resolver: MEMORY
resolver_preload: { ${system}: ${tokens[0]}, ${account}: ${tokens[1]} }
`;
  }

  #accountToken(key: KeyPair, storage: number): string {
    const limits = {
      ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
      ...{ mem_storage: storage, disk_storage: storage, streams: storage, consumer: storage },
    };
    const claims = { sub: key.getPublicKey(), name: 'ledger', nats: { type: 'account', version: 2, limits } };
    return token(claims, this.#operator);
  }

  /** The text of a `.creds` file of a user of the account, or of one that nobody knows. */
  credentials(known = true): string {
    const user = createUser();
    const nats = { type: 'user', version: 2, subs: -1, data: -1, payload: -1 };
    const claims = { sub: user.getPublicKey(), name: 'node', nats };
    const jwt = token(claims, known ? this.#account : createAccount());
    const seed = Buffer.from(user.getSeed()).toString();
    return (
      `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`
    );
  }
}
