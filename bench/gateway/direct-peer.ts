// No gateway at all: what the others add is counted from here.
import { CHAT_PATH, type Peer } from './peer.ts';

export const directPeer: Peer = {
  name: 'direct',
  description: 'the client speaks to the upstream',
  start: ({ upstream }) =>
    Promise.resolve({
      started: true,
      peer: { url: upstream + CHAT_PATH, headers: {}, pid: null, [Symbol.asyncDispose]: () => Promise.resolve() },
    }),
};
