// The node's end of a link, in front of the mock upstream, a program of its own: `node linked-upstream.ts GATEWAY UPSTREAM`, with the
// node's token in HEARTHKEY_NODE_TOKEN. The link is the shipped one; in place of the node's own server there is a call to the upstream.
import { request } from 'node:http';
import { readLinkTarget } from '../../inference-node/config/link-target.ts';
import { GatewayLink } from '../../inference-node/link/gateway-link.ts';
import { LinkKeys } from '../../inference-node/link/link-keys.ts';
import { LINK_WINDOW_MS } from '../../protocol/node/node-link.ts';
import { LINKED_NODE } from './linked-peer.ts';

const TELL_EVERY_MS = 100;
const MAX_BODY_BYTES = 1_048_576;

const [, , gateway = '', upstream = ''] = process.argv;
const read = readLinkTarget(gateway, undefined, process.env['HEARTHKEY_NODE_TOKEN']);
if (!read.ok) throw new Error(read.problem);
const { target } = read;

/** What goes over the link, told to the benchmark. */
const traffic = { frames: 0, bytes: 0 };
const count = (frame: unknown): void => {
  traffic.frames += 1;
  traffic.bytes += String(frame).length;
};
globalThis.WebSocket = class extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    this.addEventListener('message', ({ data }) => {
      count(data);
    });
  }

  override send(data: Parameters<WebSocket['send']>[0]): void {
    count(data);
    super.send(data);
  }
};
setInterval(() => process.send?.(traffic), TELL_EVERY_MS).unref();

new GatewayLink({
  target,
  nodeId: LINKED_NODE,
  keys: new LinkKeys(target),
  windowMs: LINK_WINDOW_MS,
  maxBodyBytes: MAX_BODY_BYTES,
  connect: ({ method, path, headers, contentLength }) =>
    request(upstream + path, {
      method,
      headers: { ...headers, ...(contentLength === null ? {} : { 'content-length': contentLength }) },
    }),
  log: (_level, event) => {
    process.stdout.write(`${event}\n`);
  },
  onFinalFailure: (problem) => {
    throw new Error(problem);
  },
});
