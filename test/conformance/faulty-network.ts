// A TCP proxy of the test's own, for the network between node and gateway: it carries bytes, or nothing at all, without a word, or
// breaks connections.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export type FaultyNetwork = {
  /** Where the target is reached through it. */
  url: string;
  /** From now on it leads there; connections to elsewhere are broken. */
  leadTo(target: string): void;
  /** From now on nothing passes on the connections that there are, in either direction; they stay open. */
  blackHole(): void;
  /** The same, and those that are made meanwhile are silent too, until the network is mended. */
  cut(): void;
  /** From now on connections are broken, and refused. */
  down(): void;
  /** From now on what is said arrives so many milliseconds later, each piece behind the other. */
  slow(delayMs: number): void;
  /** All is well again: what was held back arrives, and connections are taken. */
  mend(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

type Connection = { near: Socket; far: Socket | null; there: Transform; back: Transform };

export async function startFaultyNetwork(target: string): Promise<FaultyNetwork> {
  const connections = new Set<Connection>();
  let to = target;
  let state: 'well' | 'cut' | 'down' = 'well';
  let delayMs = 0;
  const delay = (): number => delayMs;

  const server = createServer({ noDelay: true }, (near) => {
    const connection: Connection = { near, far: null, there: delayed(delay), back: delayed(delay) };
    if (state === 'down') {
      near.resetAndDestroy();
      return;
    }
    near.on('error', () => connection.far?.destroy());
    near.pause();
    connections.add(connection);
    if (state === 'well') join(connection, to);
  });

  const breakAll = (): void => {
    for (const { near, far } of connections) {
      near.resetAndDestroy();
      far?.resetAndDestroy();
    }
    connections.clear();
  };
  const hold = (): void => {
    for (const { near, far } of connections) for (const socket of [near, far]) socket?.unpipe().pause();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(other) {
      breakAll();
      to = other;
    },
    blackHole: hold,
    cut() {
      state = 'cut';
      hold();
    },
    down() {
      state = 'down';
      breakAll();
    },
    slow(ms) {
      delayMs = ms;
    },
    mend() {
      state = 'well';
      delayMs = 0;
      for (const connection of connections) join(connection, to);
    },
    async [Symbol.asyncDispose]() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Carries from now on. */
function join(connection: Connection, target: string): void {
  const { near, there, back } = connection;
  if (near.destroyed) return;
  if (connection.far === null) {
    const { hostname, port } = new URL(target);
    connection.far = connect({ port: Number(port), host: hostname, noDelay: true });
    connection.far.on('error', () => near.destroy());
    there.pipe(connection.far);
    back.pipe(near);
  }
  const { far } = connection;
  // It may be carrying already.
  near.unpipe(there).pipe(there);
  far.unpipe(back).pipe(back);
}

/** Passes pieces on in their order, each so many milliseconds after the one before. */
function delayed(delayMs: () => number): Transform {
  return new Transform({
    transform(piece, _encoding, done) {
      const ms = delayMs();
      if (ms === 0) done(null, piece);
      else setTimeout(done, ms, null, piece);
    },
  });
}
