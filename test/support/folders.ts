/** Folders for tests, removed when the test is over. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** An empty folder, gone when the tests of the calling file or suite are done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-test-'));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
