/** Opens the ledger in a folder, in a process of its own, and prints how long that took. */
import { open } from '../src/index.ts';

const start = performance.now();
const ledger = await open(process.argv[2]!);
const opened = performance.now() - start;
const rss = process.memoryUsage.rss();
await ledger.close();
console.log(JSON.stringify({ open_ms: opened, rss_bytes: rss }));
