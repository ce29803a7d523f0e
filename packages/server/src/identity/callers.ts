/** Which callers a door lets in, and what each of them has there: the same at every door. */
import type { Socket } from 'node:net';
import type { Port } from 'tallystick/internal/model';
import type { Access } from './access.ts';
import { accessOf } from './allowing.ts';
import { askerOf } from './asker.ts';
import type { Guards } from './exposure.ts';
import type { Anybody } from './watchful.ts';

/** What a door is told of its callers. */
export interface Callers extends Guards {
  /** Stands before callers who show nothing, at a door that asks for nothing. Left out: nothing does. */
  readonly anybody?: Anybody | undefined;
}

/**
 * Says what a caller has, from the token that it brought and the socket with its certificate. What it throws or rejects
 * with, the client may be told.
 */
export type Admit = (token: string | undefined, socket: Socket | undefined) => Access | Promise<Access>;

/** Without an authenticator every caller may do everything, and nothing has to be waited for. */
export function admitting(door: string, port: Port, { authenticator, anybody }: Omit<Callers, 'certificates'>): Admit {
  return (token, socket) => {
    const asker = askerOf(door, socket);
    if (authenticator === undefined) return { port: anybody?.(asker)(port) ?? port };
    return authenticator.authenticate(token, asker).then((identity) => accessOf(port, identity));
  };
}
