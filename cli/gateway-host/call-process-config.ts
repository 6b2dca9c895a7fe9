// The configuration of a process that answers calls, in workerd's own language
// (https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp). No secret stands in it: variables come from the
// process's environment. Its public socket speaks HTTP and nothing else.
import { HOST_CAPNP_CONNECT } from 'miniflare';
import { outboundNetwork } from './outbound-network.ts';
import { STATE_SOCKET } from './state-sockets.ts';

export const PUBLIC_SOCKET = 'public';

export type CallProcessConfig = {
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  /** File of the worker's source, relative to the configuration. */
  scriptFile: string;
  /** Names of variables that the environment of the process holds. */
  variables: readonly string[];
  /** `host:port` of the inference node; null: it dials in. */
  nodeAddress: string | null;
  /** Where nodes may be beside public and private addresses: networks, and `loopback`. */
  networks: readonly string[];
  /** PEM; authorities to trust beside the usual ones. */
  certificates: readonly string[];
};

/** The text of the configuration. */
export function callProcessConfig(config: CallProcessConfig): string {
  const { nodeAddress, scriptFile } = config;
  const { allow, deny } = outboundNetwork(config.networks);
  const tls = `(trustBrowserCas = true, trustedCertificates = ${list(config.certificates)})`;
  const services = [
    `(name = "gateway", worker = .gateway)`,
    `(name = "objects", external = (address = ${text(STATE_SOCKET.objects.address)}, http = (capnpConnectHost = ${text(HOST_CAPNP_CONNECT)})))`,
    `(name = "state", external = (address = ${text(STATE_SOCKET.requests.address)}, http = ()))`,
    `(name = "network", network = (allow = ${list(allow)}, deny = ${list(deny)}, tlsOptions = ${tls}))`,
    ...(nodeAddress === null ? [] : [`(name = "node", external = (address = ${text(nodeAddress)}, http = ()))`]),
  ];
  const bindings = [
    ...config.variables.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
    '(name = "OBJECTS", service = "objects")',
    '(name = "STATE", service = "state")',
    '(name = "NETWORK", service = "network")',
    ...(nodeAddress === null ? [] : ['(name = "NODE", service = "node")']),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(',\n    ')}],
  sockets = [(name = "${PUBLIC_SOCKET}", service = "gateway", http = ())],
);
const gateway :Workerd.Worker = (
  modules = [(name = "gateway.js", esModule = embed ${text(scriptFile)})],
  compatibilityDate = ${text(config.compatibilityDate)},
  compatibilityFlags = ${list(config.compatibilityFlags)},
  bindings = [${bindings.join(',\n    ')}],
  globalOutbound = "network",
);
`;
}

/** What JSON may escape is escaped alike in Cap'n Proto's texts, for all that stands in ours. */
function text(value: string): string {
  return JSON.stringify(value);
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`;
}
