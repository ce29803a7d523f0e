/** Folders for tests, removed when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/**
 * An empty folder, gone when the tests of the calling file are done; to be called while the file is loaded, not in a
 * hook or a test.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
