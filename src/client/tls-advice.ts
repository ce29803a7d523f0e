/** Reasons and next steps where TLS has failed. */
const UNTRUSTED: ReadonlySet<string | undefined> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** The next step where TLS failed; undefined if it did not. */
export function adviceOf(cause: Error | undefined): string | undefined {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  // A stream of HTTP/2 is cancelled because its connection could not be made.
  if (code === 'ERR_HTTP2_STREAM_CANCEL' && cause?.cause instanceof Error) return adviceOf(cause.cause);
  if (UNTRUSTED.has(code)) {
    return "Name the authority that signed the server's certificate: `?ca=FILE` behind the address, or TALLYSTICK_CA.";
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "Connect to a name that is in the server's certificate, or give the server one that has this name.";
  }
  if (code === 'CERT_HAS_EXPIRED') return 'Give the server a certificate that is still good.';
  if (/alert (certificate required|bad certificate|unknown ca)/.test(cause?.message ?? '')) {
    return (
      'Show a certificate that the server knows: `?certificate=FILE&key=FILE`, or TALLYSTICK_CERTIFICATE and ' +
      'TALLYSTICK_KEY.'
    );
  }
  if (/wrong version number|packet length too long/.test(cause?.message ?? '')) {
    return 'The port speaks no TLS: use tcp:// or grpc:// on this machine, and check the port.';
  }
  return undefined;
}

/** The error's message; of OpenSSL's, which names source files, only the reason. */
export function reasonOf({ message }: Error): string {
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}
