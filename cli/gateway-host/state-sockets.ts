// The sockets through which the gateway's processes reach the one that has the state: files in a folder that only their owner may enter.
// Relative to it, for the path of a socket may have a hundred bytes and no more; each process is started in that folder.

/** miniflare puts a port behind every address that it is given. */
const PORT = 0;

function socket(name: string) {
  const file = `${name}:${PORT}`;
  return { listen: { host: `unix:${name}`, port: PORT }, file, address: `unix:${file}` };
}

/** As who listens there says it, as who connects does, and the file's name. */
export const STATE_SOCKET = {
  /** Takes whole requests, as from a client. */
  requests: socket('requests'),
  /** Takes questions to objects. */
  objects: socket('objects'),
} as const;

export const STATE_SOCKET_FILES = Object.values(STATE_SOCKET).map(({ file }) => file);
