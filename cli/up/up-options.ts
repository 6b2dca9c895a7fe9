// What `hearthkey up` can be told.
import type { CertificateFiles } from '../tls/certificate-files.ts';

export type UpOptions = {
  host: string;
  /** Ports; 0: any free one. */
  port: number;
  nodePort: number;
  /** How many processes of the gateway answer calls. */
  workers: number;
  /** False: the gateway alone, for a node that is started by hand. */
  node: boolean;
  /** Id of the node that dials in, instead of one on this machine. */
  link: string | undefined;
  state: string;
  /** `FILE` or `id=FILE`; empty: the embedded models. */
  models: string[];
  /** The models file; absent: the state folder's, when it is there and `models` is empty. */
  config: string | undefined;
  /** Address of the proxy whose `X-Forwarded-For` is believed; absent: none. */
  trustProxy: string | undefined;
  /** Files of the certificate that the gateway shows itself; absent: it speaks plain HTTP. */
  tls: CertificateFiles | undefined;
  /** Web origins, separated by commas; absent: as in wrangler.toml. */
  allowedOrigins: string | undefined;
  maxBodyBytes: number | undefined;
  /** By model: those that answer in its place when no node can, in order. */
  fallbacks: Readonly<Record<string, readonly string[]>>;
  /** Where nodes may be beside public and private addresses: networks, and `loopback`. */
  networks: string[];
  /** Passed through to the node: flag and value. */
  nodeFlags: string[];
  /** How long running answers may take to end at a shutdown, in seconds. */
  drainSeconds: number;
  json: boolean;
};
