/** What a door hands over: as `@tallystick/server` has it. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Access {
  /** Undefined: the caller may do everything. */
  readonly may?: {
    readonly subject: string;
    readonly tenant?: string;
    readonly role: string;
    readonly scopes: ReadonlySet<string>;
    /** Ledgers that it may touch and see; undefined: all. */
    readonly ledgers?: unknown;
  };
  readonly expiry?: { readonly until: number } | undefined;
}

export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The door wants a token of this caller, who has not shown a certificate either. */
  readonly wantsToken: boolean;
  /** Says what the owner of a token has here; rejects as the door would. Undefined: whoever shows nothing. */
  admit(token: string | undefined): Promise<Access>;
  /** The body, within the door's limits. */
  read(): Promise<Buffer>;
}

/** An answer in JSON that nobody keeps. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

/** A refusal, as the API writes its own. */
export function refuse(response: ServerResponse, status: number, code: string, detail: string, next: string): void {
  const type = `urn:tallystick:error:${code}`;
  sendJson(response, status, { type, title: code.replaceAll('_', ' '), status, detail, code, retriable: false, next });
}

/** The value of a cookie; undefined: it is not there, or is empty. */
export function cookieOf({ headers }: IncomingMessage, wanted: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === wanted && value !== undefined && value !== '') return value;
  }
  return undefined;
}
