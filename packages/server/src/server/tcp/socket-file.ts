/**
 * A socket in a file, for clients on this machine. It asks for no credentials: the file is its owner's alone, and so is
 * the right to put another one in its place. Where that cannot be had, nothing listens. docs/adr/0010-unix-socket.md
 */
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { asOwnerOnly, listenAtPath, removeSocketFile, socketFile, untrustedFolder } from 'tallystick/internal/platform';

/** Bytes of a path, as the kernel has it. */
const PATH_MAX = 107;
const OWNER_ONLY = 0o600;

/**
 * Makes `server` listen at the absolute `path`; it takes the file away when it closes. A file that a killed server has
 * left is replaced. Rejects with `invalid_argument` for a place that others could take over, `not_listening` for one
 * that cannot be had.
 */
export async function listenAtFile(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_MAX) {
    throw new TallystickError('invalid_argument', `${path} is longer than the ${PATH_MAX} bytes of a socket's path`);
  }
  const problem = untrustedFolder(dirname(path));
  if (problem !== undefined) {
    throw new TallystickError('invalid_argument', `${dirname(path)} is not a safe folder for a socket: ${problem}`);
  }
  await removeLeftover(path);
  // The file is made within the call, so nobody finds it with more rights than it shall have.
  await asOwnerOnly(() => listenAtPath(server, path));
  const mode = socketFile(path)?.mode;
  if (mode === OWNER_ONLY) return;
  server.close();
  throw new TallystickError('invalid_argument', `${path} is open to other users: its mode is ${mode?.toString(8)}`);
}

async function removeLeftover(path: string): Promise<void> {
  const found = socketFile(path);
  if (found === undefined) return;
  if (!found.isSocket) throw cannot(path, 'exists already, and is not a socket');
  const answer = await knock(path);
  if (answer === undefined) throw cannot(path, 'is the socket of a running server');
  if (answer !== 'ECONNREFUSED') throw cannot(path, `exists already, and does not answer: ${answer}`);
  removeSocketFile(path);
}

/** Undefined if a server listens there; otherwise the error. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      // EAGAIN: callers wait there, more than its queue holds.
      resolve(code === 'EAGAIN' ? undefined : (code ?? message));
    });
  });
}

function cannot(path: string, why: string, cause?: unknown): TallystickError {
  return new TallystickError('not_listening', `${path} ${why}`, cause === undefined ? {} : { cause });
}
