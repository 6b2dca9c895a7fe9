// What is measured beside our gateway: each peer stands in front of the same mock upstream and takes the same request.
import type { KeyStates } from './many-keys/key-states.ts';

export type RunningPeer = AsyncDisposable & {
  /** Of its chat completions. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Root of its process tree; null: its CPU time is not of interest. */
  pid: number | null;
  /** Of a gateway with keys of ours: its admin API, and how many keys it was given. */
  admin?: AdminAccess;
  keys?: number;
  /** Of a gateway with a linked node: what has gone over the link so far, both ways together. */
  linkTraffic?: () => Promise<LinkTraffic>;
};

/** WebSocket messages, and their characters (which are bytes here). */
export type LinkTraffic = { frames: number; bytes: number };

export type AdminAccess = { origin: string; token: string };

export type PeerStart = { started: true; peer: RunningPeer } | { started: false; reason: string };

export type PeerContext = {
  /** Where the upstream answers, without a slash at the end. */
  upstream: string;
  /** For the folders of peers. */
  folder: string;
  /** Of gateways with many keys. */
  states: KeyStates;
};

export type Peer = {
  name: string;
  /** One line for the table's legend. */
  description: string;
  start: (context: PeerContext) => Promise<PeerStart>;
};

/** Stands in every request to a peer that has no keys of ours. */
export const STATIC_KEY = 'static-key-of-the-benchmark';
export const CHAT_PATH = '/v1/chat/completions';
