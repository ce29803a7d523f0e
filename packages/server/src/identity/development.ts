/** Keys and certificates that `tallystick token` and `tallystick certificate` made are known by this name. */
import { X509Certificate } from 'node:crypto';
import { readText } from 'tallystick/internal/platform';

/** Issuer of the tokens, and in the name of the authority. */
export const DEVELOPMENT = 'tallystick-development';

/** Whether an authority for development signed one of the certificates; false for files that cannot be read. */
export function isForDevelopment(...paths: readonly (string | undefined)[]): boolean {
  return paths.some((path) => {
    try {
      return path !== undefined && new X509Certificate(readText(path)).issuer.includes(DEVELOPMENT);
    } catch {
      return false;
    }
  });
}
