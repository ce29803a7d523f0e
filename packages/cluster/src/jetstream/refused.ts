/** Why a nats-server and a node do not come together, where trying again changes nothing. */

/** Errors of TLS, by their codes: the reason, and the setting that is wrong. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)\w+)$/,
    'nobody whom this node trusts has signed its certificate: cluster.ca names the authority',
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for none of the names in cluster.nats'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [
    /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)$/,
    'it wants a certificate that it trusts: cluster.certificate and cluster.key',
  ],
];
const FILES = /^(ENOENT|EACCES|EISDIR|ERR_OSSL_\w+)$/;

/** What is wrong with the set-up; undefined: nothing, as far as the error says. */
export function refusalOf(error: unknown): string | undefined {
  return causesOf(error).map(reasonOf).find(Boolean);
}

/** The error and all that are behind it. */
function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const within = error instanceof AggregateError ? error.errors : [error.cause];
  return [error, ...within.flatMap(causesOf)];
}

function reasonOf(error: Error): string | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error.name === 'AuthorizationError') return 'it does not know the credentials: cluster.user, cluster.credentials';
  if (/^(ConnectionError|InvalidArgumentError)$/.test(error.name) && /'tls'/.test(error.message)) {
    return 'it offers no TLS, which cluster.ca and cluster.certificate ask for';
  }
  if (FILES.test(code)) return `cluster.ca, cluster.certificate or cluster.key cannot be read: ${error.message}`;
  return REASONS.find(([codes]) => codes.test(code))?.[1];
}
