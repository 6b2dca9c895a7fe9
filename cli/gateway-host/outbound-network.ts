// Where workerd may connect to on its own, judged by the address that a name resolves to, at every connection. Nodes and servers of
// models are at public and private addresses; this machine, link-local addresses and metadata services are not among them, whatever
// a name says. (The node that `up` starts is bound as a service of its own.)

/** What --allow-network takes for this machine itself. */
export const LOOPBACK_NETWORK = 'loopback';

const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];
/** workerd's "private" holds loopback and link-local addresses too. Of two that match, the longer prefix decides; equal ones deny. */
const DENIED: readonly string[] = [
  ...LOOPBACK,
  '0.0.0.0/8',
  '0.0.0.0/32', // another name of loopback, which "private" holds by itself
  '::/128',
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  'fd00:ec2::254/128',
];

export type OutboundNetwork = { allow: string[]; deny: string[] };

/** `extra`: networks in CIDR notation that the operator allows beside the usual ones, and the word `loopback`. */
export function outboundNetwork(extra: readonly string[]): OutboundNetwork {
  const allowed = extra.flatMap((network) => (network === LOOPBACK_NETWORK ? LOOPBACK : [network]));
  return {
    allow: ['public', 'private', ...allowed],
    deny: DENIED.filter((network) => !allowed.includes(network)),
  };
}
