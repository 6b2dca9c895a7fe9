// The socket that clients connect to, made here and handed to a process that answers them. Several processes have each their own on the same
// port, and the kernel spreads connections over them (SO_REUSEPORT, socket(7)).
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import * as z from 'zod';

export type ListenOptions = {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Others listen on the same port. */
  isShared: boolean;
};

/**
 * Listens, and gives the socket to `take` before this process could accept anything on it; then lets go of it. Resolves to the port.
 * Rejects with the system's error when nobody may listen there.
 */
export async function listenFor(
  { host, port, isShared }: ListenOptions,
  take: (descriptor: number) => void,
): Promise<number> {
  const server = createServer();
  server.listen({ host, port, reusePort: isShared, exclusive: true });
  await once(server, 'listening');
  // Node.js tells it before its loop turns, so nothing has been accepted yet.
  const bound = server.address() as AddressInfo;
  take(descriptorOf(server));
  server.close();
  return bound.port;
}

/** Node.js has no public name for it; `cluster` goes the same way. */
const listeningSchema = z.object({ _handle: z.object({ fd: z.int().min(0) }) });

function descriptorOf(server: Server): number {
  return listeningSchema.parse(server)._handle.fd;
}
