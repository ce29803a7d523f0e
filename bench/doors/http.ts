/**
 * The HTTP door: batches of 100 transfers as JSON, eight connections, each with one request at a time.
 *
 *   node dist/bench/doors/http.js [TRANSFERS]     prints one JSON line
 */
import { Agent, request } from 'node:http';
import { type DoorFigure, figure, withServer } from './serving.ts';

const ACCOUNTS = 10_000;
const BATCH = 100;
const CONNECTIONS = 8;

export function measureHttp(transfers = 500_000): Promise<DoorFigure> {
  return withServer('http', async (port) => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const post = (path: string, body: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'content-length': body.length };
        const call = request({ port, host: '127.0.0.1', method: 'POST', path, agent, headers }, (response) => {
          let text = '';
          response.setEncoding('latin1').on('data', (chunk: string) => {
            text += chunk;
          });
          response.once('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
        });
        call.on('error', reject).end(body);
      });
    const accounts = Array.from({ length: ACCOUNTS }, (_, index) => ({ id: index + 1, ledger: 1, code: 1 }));
    for (let from = 0; from < ACCOUNTS; from += 5000) {
      await post('/v1/accounts', JSON.stringify(accounts.slice(from, from + 5000)));
    }
    let next = 1;
    const latencies: number[] = [];
    const caller = async (until: number): Promise<void> => {
      while (next < until) {
        const body = batch(next);
        next += BATCH;
        const sent = performance.now();
        const answer = await post('/v1/transfers', body);
        latencies.push(performance.now() - sent);
        if (!answer.endsWith('"created"}]')) throw new Error(answer.slice(0, 300));
      }
    };
    const load = (until: number): Promise<unknown> =>
      Promise.all(Array.from({ length: CONNECTIONS }, () => caller(until)));
    await load(transfers / 10);
    latencies.length = 0;
    const first = next;
    const began = performance.now();
    await load(first + transfers);
    agent.destroy();
    return figure(`http/batch-${BATCH}`, next - first, began, latencies);
  });
}

function batch(first: number): string {
  let text = '[';
  for (let id = first; id < first + BATCH; id++) {
    const debit = 1 + ((id * 7919) % ACCOUNTS);
    const credit = 1 + (debit % ACCOUNTS);
    const accounts = `"debit_account_id":"${debit}","credit_account_id":"${credit}"`;
    text += `${id === first ? '' : ','}{"id":"${id}",${accounts},"amount":"${1 + (id % 1000)}","ledger":1,"code":1}`;
  }
  return `${text}]`;
}

if (process.argv[1] === import.meta.filename) {
  console.log(JSON.stringify(await measureHttp(Number(process.argv[2] ?? 500_000))));
}
