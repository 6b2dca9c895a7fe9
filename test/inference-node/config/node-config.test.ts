// Every setting is checked once, and each mistake is one sentence with the way out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { embeddedModels } from '../../../inference-node/config/embedded-models.ts';
import { parseModelSource } from '../../../inference-node/config/model-source.ts';
import { readNodeConfig } from '../../../inference-node/config/node-config.ts';
import { NODE_FLAGS, NODE_USAGE } from '../../../inference-node/config/node-flags.ts';
import { temporaryFolder } from '../server/node-under-test.ts';

const KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const environment = { HEARTHKEY_GATEWAY_JWKS: JSON.stringify({ keys: [KEY] }) };
const read = (...args: string[]) =>
  readNodeConfig(args, environment, () => [{ id: 'embedded', file: 'embedded.gguf' }]);

test('without flags: loopback, port 8788, the embedded models', () => {
  expect(read()).toMatchObject({
    kind: 'config',
    config: {
      entry: { kind: 'address', host: '127.0.0.1', port: 8788, nodeId: 'home' },
      stateDirectory: '.hearthkey/node',
      models: [{ id: 'embedded', file: 'embedded.gguf' }],
      contextSize: null,
      sequences: null,
      threads: null,
      prefillSlowdown: null,
      gpu: 'auto',
      logLevel: 'info',
      drainMs: 30_000,
      callTimeoutMs: 3_600_000,
    },
  });
});

test('every flag sets its setting', () => {
  const result = read(
    ...['--model', 'a/Phi-2.Q4_K_M.gguf', '--model', 'mine=b.gguf', '--host', '0.0.0.0', '--port', '0', '--state', 's'],
    ...['--node-id', 'n', '--context-size', '512', '--sequences', '2', '--threads', '3', '--gpu', 'off'],
    ...['--log-level', 'debug', '--max-body-bytes', '2048', '--drain-seconds', '5'],
    ...['--call-timeout', '7', '--prefill-slowdown', '4', '--memory-limit', '8GiB'],
  );
  expect(result).toMatchObject({
    config: {
      models: [
        { id: 'phi-2.q4_k_m', file: 'a/Phi-2.Q4_K_M.gguf' },
        { id: 'mine', file: 'b.gguf' },
      ],
      entry: { kind: 'address', host: '0.0.0.0', port: 0, nodeId: 'n' },
      stateDirectory: 's',
      contextSize: 512,
      sequences: 2,
      threads: 3,
      prefillSlowdown: 4,
      gpu: 'off',
      memory: { memoryLimit: 8 * 2 ** 30 },
      logLevel: 'debug',
      maxBodyBytes: 2048,
      drainMs: 5000,
      callTimeoutMs: 7000,
    },
  });
});

test('a call timeout of 0 is no limit', () => {
  expect(read('--call-timeout', '0')).toMatchObject({ config: { callTimeoutMs: null } });
});

test('the help names every flag', () => {
  expect(read('--help')).toEqual({ kind: 'help', text: NODE_USAGE });
  for (const flag of Object.keys(NODE_FLAGS)) expect(NODE_USAGE).toContain(`--${flag}`);
});

describe('a mistake in the command line is exit code 2', () => {
  test.each([
    [['--prot', '1'], "Unknown option '--prot'. See --help."],
    [['file.gguf'], /^Unexpected argument 'file\.gguf'/],
    [['--port'], /'--port <value>' argument missing/],
    [['--port', '70000'], /^--port .*65535.*See --help\.$/],
    [['--port', 'x'], /^--port must be a whole number/],
    [['--gpu', 'fast'], '--gpu must be one of auto, cuda, vulkan, metal, off. See --help.'],
    [['--sequences', '0'], /^--sequences /],
    [['--node-id', 'a b'], /^--node-id /],
    [['--model', ''], /names no file/],
    [
      ['--model', 'x=a.gguf', '--model', 'x=b.gguf'],
      "two models would have the id 'x'; write --model other-id=b.gguf. See --help.",
    ],
    [['--model', '?=a.gguf'], /is not a model id; write --model my-id=a\.gguf/],
  ] as [string[], string | RegExp][])('%j', (args, message) => {
    const result = read(...args);
    expect(result).toMatchObject({ kind: 'failure', exitCode: 2 });
    if (result.kind === 'failure') expect(result.message).toMatch(message);
  });

  test('no gateway keys', () => {
    const result = readNodeConfig([], {}, () => []);
    expect(result).toMatchObject({ kind: 'failure', exitCode: 2 });
    if (result.kind === 'failure') expect(result.message).toContain('--gateway-keys FILE');
  });
});

describe('gateway keys that cannot be used are exit code 1', () => {
  const file = (text: string) => {
    const path = join(temporaryFolder(), 'keys.json');
    writeFileSync(path, text);
    return path;
  };
  const keys = (...list: object[]) => JSON.stringify({ keys: list });

  test('a file is read, and wins over the environment', () => {
    const path = file(keys({ ...KEY, kid: 'a' }, { ...KEY, kid: 'b' }));
    const gatewayKeys = { kind: 'file', path, keySet: { keys: [{ kid: 'a', alg: 'EdDSA' }, { kid: 'b' }] } };
    expect(read('--gateway-keys', path)).toMatchObject({ config: { entry: { gatewayKeys } } });
    expect(read()).toMatchObject({ config: { entry: { gatewayKeys: { kind: 'given' } } } });
  });

  test.each([
    ['https://gateway.example', 'https://gateway.example/.well-known/jwks.json'],
    ['https://gateway.example/keys?of=ours', 'https://gateway.example/keys?of=ours'],
    ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787/.well-known/jwks.json'],
  ])('%s is asked at %s', (given, url) => {
    const gatewayKeys = { kind: 'url', url };
    expect(read('--gateway-keys', given)).toMatchObject({ config: { entry: { gatewayKeys } } });
  });

  test.each(['http://gateway.example', 'http://192.168.1.9', 'https://me:secret@gateway.example', 'ftp://127.0.0.1'])(
    '%s is not asked: anybody could change what it says',
    (given) => {
      const result = read('--gateway-keys', given);
      expect(result).toMatchObject({
        exitCode: 1,
        message: expect.stringContaining('must be an https URL') as unknown,
      });
    },
  );

  test.each([
    ['nothing there', null, 'cannot be read (ENOENT)'],
    ['not JSON', '{', 'it is not JSON'],
    ['no keys', keys(), 'keys is empty'],
    ['another curve', keys({ ...KEY, crv: 'X25519' }), 'crv must be "Ed25519"'],
    ['a short key', keys({ ...KEY, x: 'abc' }), 'x must be 43 characters'],
    ['a private key', keys({ ...KEY, d: KEY.x }), 'give the node the public one'],
    ['several keys without ids', keys(KEY, KEY), 'each needs a kid'],
    ['one id twice', keys({ ...KEY, kid: 'a' }, { ...KEY, kid: 'a' }), 'the same kid'],
  ])('%s', (_name, text, problem) => {
    const result = read('--gateway-keys', text === null ? '/nowhere/keys.json' : file(text));
    expect(result).toMatchObject({ kind: 'failure', exitCode: 1 });
    if (result.kind === 'failure') expect(result.message).toContain(problem);
    if (result.kind === 'failure') expect(result.message).not.toContain(KEY.x);
  });
});

test.each([
  ['model.gguf', 'model', 'model.gguf'],
  ['./dir/Llama 3.2 (1B).GGUF', 'llama-3.2-1b-', './dir/Llama 3.2 (1B).GGUF'],
  ['_odd.gguf', 'odd', '_odd.gguf'],
  ['a/b=c.gguf', 'a/b', 'c.gguf'],
])('--model %s is served as %s', (text, id, file) => {
  expect(parseModelSource(text)).toEqual({ ok: true, source: { id, file } });
});

test('the embedded models are there, the default one first', () => {
  expect(embeddedModels().map(({ id }) => id)).toEqual(['tiny-llama', 'tiny-phi2']);
});
