import { type ErrorCode, TallystickError } from '../model/index.ts';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EFBIG: 'disk_full',
  EROFS: 'not_writable',
  EACCES: 'not_writable',
  EPERM: 'not_writable',
  EEXIST: 'not_writable',
  EISDIR: 'not_writable',
  ENOTDIR: 'not_writable',
  ENOENT: 'not_found',
};

/**
 * Translates an error of the operating system. `what` is the attempt, in words: `write /x/y`. Unknown errors are
 * `disk_failed`.
 */
export function storageError(what: string, cause: unknown): TallystickError {
  const errno = (cause as { readonly code?: string }).code;
  const code = (errno === undefined ? undefined : codes[errno]) ?? 'disk_failed';
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TallystickError(code, `cannot ${what}: ${why}`, { cause });
}
