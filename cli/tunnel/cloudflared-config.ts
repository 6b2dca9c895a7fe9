// The configuration of a named cloudflared tunnel that leads to an inference node on this machine, and the commands around it
// (https://developers.cloudflare.com/tunnel/, "local configuration"). Only what a gateway asks goes through: metrics stay at home.

export type CloudflaredTunnel = {
  /** The tunnel's name. */
  name: string;
  /** Host name under which the gateway reaches the node. */
  hostname: string;
  /** Where the node listens, on loopback. */
  port: number;
  /** Absolute paths: the configuration, and what `cloudflared tunnel create` writes. */
  file: string;
  credentialsFile: string;
};

/** Paths that the gateway asks; cloudflared takes a regular expression of Go. */
const GATEWAY_PATHS = '^/(v1/|_node/|health/live$)';

/** As YAML. The values are plain words, but for the paths, which are quoted as JSON: that is YAML, too. */
export function cloudflaredConfig({ name, hostname, port, credentialsFile }: CloudflaredTunnel): string {
  return `# Leads from https://${hostname} to the inference node on this machine. Made by \`hearthkey tunnel cloudflared\`.
tunnel: ${name}
credentials-file: ${JSON.stringify(credentialsFile)}
ingress:
  - hostname: ${hostname}
    path: ${JSON.stringify(GATEWAY_PATHS)}
    service: http://127.0.0.1:${port}
  - service: http_status:404
`;
}

export type TunnelStep = { command: string; what: string };

/** What is to be run, in this order. */
export function cloudflaredSteps({ name, hostname, file, credentialsFile }: CloudflaredTunnel): readonly TunnelStep[] {
  return [
    { command: 'cloudflared tunnel login', what: 'once: choose the zone of the host name' },
    {
      command: `cloudflared tunnel create --credentials-file ${quote(credentialsFile)} ${name}`,
      what: 'once: makes the tunnel; the file is secret',
    },
    { command: `cloudflared tunnel route dns ${name} ${hostname}`, what: 'once: the host name leads to the tunnel' },
    { command: `cloudflared tunnel --config ${quote(file)} ingress validate`, what: 'looks at the configuration' },
    { command: `cloudflared tunnel --config ${quote(file)} run`, what: 'from now on, as a service' },
  ];
}

/** For a shell. */
function quote(path: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
