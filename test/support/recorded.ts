/** What a client sends to a server, recorded on the way, to be sent again by whoever plays that client. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export const Recorded = {
  /** Calls `act` with an address that leads to `url`; returns what went there. */
  async through(url: string, act: (address: string) => Promise<void>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const open = new Set<Socket>();
    const { protocol, hostname, port } = new URL(url);
    const proxy = createServer((client) => {
      const server = connect({ host: hostname, port: Number(port) });
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        open.add(from);
        from.on('error', () => {});
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
      client.on('data', (chunk: Buffer) => chunks.push(chunk));
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    await act(`${protocol}//127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    for (const socket of open) socket.destroy();
    proxy.close();
    return Buffer.concat(chunks);
  },
};
