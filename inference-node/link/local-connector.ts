// Requests to the node's own HTTP server without a socket: each over a pair of streams in memory. Nothing listens anywhere.
import { request, type ClientRequest, type Server } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';

export type LocalRequest = {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Null: there is no body. */
  contentLength: number | null;
};

export type LocalConnector = (request: LocalRequest) => ClientRequest;

/** A connector to a server that need not listen. */
export function connectLocally(server: Server): LocalConnector {
  return function connect({ method, path, headers, contentLength }) {
    return request({
      method,
      path,
      headers: {
        ...headers,
        host: 'node.link',
        connection: 'close',
        ...(contentLength === null ? {} : { 'content-length': contentLength }),
      },
      createConnection: () => {
        const [ours, theirs] = duplexPair();
        for (const side of [ours, theirs]) actAsSocket(side);
        theirs.once('close', () => ours.destroy());
        ours.once('close', () => theirs.destroy());
        server.emit('connection', theirs);
        return ours;
      },
    });
  };
}

/** What Node's HTTP asks of a socket and a stream has not. Time is kept by the link itself. */
function actAsSocket(stream: Duplex): void {
  const same = (): Duplex => stream;
  Object.assign(stream, { setTimeout: same, setNoDelay: same, setKeepAlive: same, ref: same, unref: same });
}
