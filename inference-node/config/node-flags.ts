// The node's command line: every flag, and the text of `--help`.

export const NODE_FLAGS = {
  model: { type: 'string', multiple: true },
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  state: { type: 'string' },
  'node-id': { type: 'string' },
  'gateway-keys': { type: 'string' },
  gateway: { type: 'string' },
  'token-file': { type: 'string' },
  'link-window': { type: 'string' },
  'context-size': { type: 'string' },
  sequences: { type: 'string' },
  threads: { type: 'string' },
  'prefill-slowdown': { type: 'string' },
  gpu: { type: 'string' },
  'memory-limit': { type: 'string' },
  'log-level': { type: 'string' },
  'max-body-bytes': { type: 'string' },
  'drain-seconds': { type: 'string' },
  'call-timeout': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const NODE_USAGE = `Usage: node inference-node/main.ts [options]

  --model FILE          a GGUF file to serve; repeatable; id=FILE sets its id (default: the two embedded models)
  --config FILE         a models file (TOML): models with their aliases and settings; instead of --model
  --host ADDRESS        address to listen on (default 127.0.0.1)
  --port N              port to listen on; 0: any free one (default 8788)
  --state DIR           where the call journal lies (default .hearthkey/node, or HEARTHKEY_NODE_STATE)
  --node-id ID          this node's id: signed calls name it (default home)
  --gateway-keys WHERE  the gateway's public keys: its https URL, or a JWKS file (or HEARTHKEY_GATEWAY_JWKS, the JSON itself)
  --gateway URL         dial out to this gateway and listen nowhere: --host, --port, --node-id and --gateway-keys do not apply
  --token-file FILE     then: the node's token, as 'hearthkey nodes add' printed it (or HEARTHKEY_NODE_TOKEN)
  --link-window MS      then: how long tokens of several answers wait to go together (default 2; 0: not at all)
  --context-size N      tokens of context per sequence
  --sequences N         calls that one model answers at once
  --threads N           CPU threads (default: cores - 1)
  --prefill-slowdown N  how many times a step without prompts one that reads them may take, beside running answers (default 2; 1: any)
  --gpu MODE            auto, cuda, vulkan, metal or off (default auto)
  --memory-limit SIZE   what all models together may take, such as 8GiB; none: nothing is checked (default: what is free)
  --log-level LEVEL     debug, info, warn, error or silent (default info)
  --max-body-bytes N    largest request body
  --drain-seconds N     how long running answers may take to end at a shutdown (default 30)
  --call-timeout N      seconds that one call may take, its wait in the queue included; 0: no limit (default 3600)
  -h, --help            this text
`;
