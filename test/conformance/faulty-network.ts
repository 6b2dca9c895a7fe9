// A TCP proxy of the test's own, for the network between node and gateway: it carries bytes, or nothing at all, without a word.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type FaultyNetwork = {
  /** Where the gateway is reached through it. */
  url: string;
  /** From now on nothing passes on the connections that there are, in either direction; they stay open. */
  blackHole(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function startFaultyNetwork(target: string): Promise<FaultyNetwork> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    blackHole() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
