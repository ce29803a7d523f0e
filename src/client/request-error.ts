/** The errors that programs written for tigerbeetle-node look for: same names, codes and messages. */

export const ErrorCodes = {
  ERR_CLIENT_CLOSED: 'ERR_CLIENT_CLOSED',
  ERR_CLIENT_EVICTED: 'ERR_CLIENT_EVICTED',
  ERR_CLIENT_RELEASE_TOO_LOW: 'ERR_CLIENT_RELEASE_TOO_LOW',
  ERR_CLIENT_RELEASE_TOO_HIGH: 'ERR_CLIENT_RELEASE_TOO_HIGH',
  ERR_TOO_MUCH_DATA: 'ERR_TOO_MUCH_DATA',
} as const;
export type ErrorCodes = (typeof ErrorCodes)[keyof typeof ErrorCodes];

const messages: { readonly [code in ErrorCodes]: string } = {
  ERR_CLIENT_CLOSED: 'Client was closed.',
  ERR_CLIENT_EVICTED: 'Client was evicted.',
  ERR_CLIENT_RELEASE_TOO_LOW: 'Client was evicted: release too old.',
  ERR_CLIENT_RELEASE_TOO_HIGH: 'Client was evicted: release too new.',
  ERR_TOO_MUCH_DATA: 'Too much data was sent or requested in this batch.',
};

const nexts: { readonly [code in ErrorCodes]: string } = {
  ERR_CLIENT_CLOSED:
    'Open a new one and send unanswered events again with the same ids: what was done answers `exists`.',
  ERR_CLIENT_EVICTED: 'Open a new client and send unanswered events again with the same ids.',
  ERR_CLIENT_RELEASE_TOO_LOW: 'Upgrade this client.',
  ERR_CLIENT_RELEASE_TOO_HIGH: 'Upgrade the other side first, then this client.',
  ERR_TOO_MUCH_DATA: 'Split it into requests of at most 8,189 events, and ask for at most as many results.',
};

/** A request was refused or cut off as a whole. `retriable` is about the same call on the same client: never. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  code: ErrorCodes;
  readonly retriable = false;
  readonly next: string;

  constructor(code: ErrorCodes, options?: { readonly cause?: unknown }) {
    super(RequestError.errorMessage(code), options);
    this.code = code;
    this.next = nexts[code];
  }

  static errorMessage(code: ErrorCodes): string {
    const message = messages[code] as string | undefined;
    if (message === undefined) throw new Error('Unknown error code.');
    return message;
  }
}
