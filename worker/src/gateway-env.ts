// The type of the gateway's bindings: what `wrangler types` generated, and what only some layouts bind.

export type GatewayEnv = Env & {
  /** The self-hosted layout binds the inference node as an external service: one hop less than `fetch` to NODE_ORIGIN. */
  NODE?: Fetcher;
  /** The self-hosted layout binds the network, for the platform there lets a name lead to this machine itself; elsewhere: `fetch`. */
  NETWORK?: Fetcher;
};
