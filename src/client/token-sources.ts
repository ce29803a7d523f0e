/** Tokens from a file and from a command, fresh for every connection. */
import { exec } from 'node:child_process';
import { TallystickError } from '../model/index.ts';
import { readText } from '../platform/index.ts';

/** Longest that a command may run before it is killed. */
const COMMAND_MS = 30_000;
/** Servers take 8 KiB. */
const SIZE_MAX = 16 * 1024;

/** The text of the file, without the white space around it. `from`: who named it. */
export function tokenFromFile(path: string, from: string): () => Promise<string> {
  return async () => {
    try {
      return checked(readText(path), `the token file ${path} of ${from}`);
    } catch (cause) {
      if (cause instanceof TallystickError) throw cause;
      throw missing(`the token file of ${from} cannot be read: ${(cause as Error).message}`, cause as Error);
    }
  };
}

/** The command's output. Connections that are tried meanwhile wait for the same run. */
export function tokenFromCommand(command: string, from: string): () => Promise<string> {
  let running: Promise<string> | undefined;
  return () => {
    running ??= printed(command, from).finally(() => {
      running = undefined;
    });
    return running;
  };
}

function printed(command: string, from: string): Promise<string> {
  return new Promise((resolve, reject) => {
    exec(command, { timeout: COMMAND_MS, maxBuffer: SIZE_MAX, windowsHide: true }, (error, stdout, stderr) => {
      try {
        if (error !== null) {
          const how = error.killed === true ? `was killed after ${COMMAND_MS} ms` : `ended with ${error.code}`;
          const said = stderr.trim().slice(0, 500);
          // The error's own text would repeat the command, which may hold a secret.
          throw missing(`the token command of ${from} ${how}${said === '' ? '' : `: ${said}`}`);
        }
        resolve(checked(stdout, `the token command of ${from}`));
      } catch (problem) {
        reject(problem);
      }
    });
  });
}

function checked(text: string, what: string): string {
  const token = text.trim();
  if (token === '' || token.length > SIZE_MAX || /\s/.test(token)) throw missing(`${what} gives no token`);
  return token;
}

/** Nothing was sent, and the next attempt may have a token. */
function missing(message: string, cause?: Error): TallystickError {
  return new TallystickError('unreachable', message, {
    ...(cause === undefined ? {} : { cause: new Error(cause.message) }),
    next: 'Check what gives the token; the client asks again for every connection.',
  });
}
