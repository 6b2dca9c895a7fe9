// Our inference node as it is shipped, with a gateway's key of the benchmark's own.
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { nodeProcessMessageSchema } from '../../protocol/node/node-process.ts';
import { ChildProgram } from '../harness/child-program.ts';
import { callSigner } from './call-signer.ts';
import type { Engine } from './engine.ts';

const ENTRY = join(import.meta.dirname, '../../inference-node/main.ts');
const NODE_ID = 'bench';
const KEY_ID = 'bench';
/** The id under which the model is served. */
export const MODEL_ID = 'bench';

export const hearthkeyEngine: Engine = {
  name: 'hearthkey',
  async start({ model, contextSize, sequences, threads, gpu, folder }) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID }] };
    const flags = {
      '--model': `${MODEL_ID}=${model}`,
      '--port': 0,
      '--state': join(folder, 'node'),
      '--node-id': NODE_ID,
      '--context-size': contextSize,
      '--sequences': sequences,
      '--threads': threads,
      '--gpu': gpu,
      '--log-level': 'warn',
    };
    const program = new ChildProgram({
      name: 'hearthkey-node',
      command: process.execPath,
      args: [ENTRY, ...Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)])],
      env: { HEARTHKEY_GATEWAY_JWKS: JSON.stringify(jwks) },
      folder,
    });
    let url: string | null = null;
    let ready = false;
    program.onMessage((text) => {
      const message = nodeProcessMessageSchema.parse(text);
      if (message.type === 'listening') url = message.url;
      if (message.type === 'ready') ready = true;
    });
    const origin = await program.until(() => Promise.resolve(ready ? url : null));
    return {
      started: true,
      engine: {
        origin,
        pid: program.pid,
        readSteps: () => readSteps(origin),
        sign: await callSigner({ origin, privateKey, keyId: KEY_ID, nodeId: NODE_ID }),
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      },
    };
  },
};

async function readSteps(origin: string): Promise<number[]> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const steps: (number | undefined)[] = [];
  for (const [, calls, count] of text.matchAll(/^hearthkey_engine_steps_total\{.*calls="(\d+)"\} (\d+)$/gm)) {
    steps[Number(calls)] = Number(count);
  }
  return Array.from(steps, (count) => count ?? 0);
}
