// llama.cpp's own server, given as LLAMA_SERVER=path. Same threads, slots, context and batch size as our node.
import { ChildProgram } from '../harness/child-program.ts';
import { isExecutable } from '../harness/find-program.ts';
import { freePort } from '../harness/free-port.ts';
import type { Engine } from './engine.ts';

/** As in the node's engine. */
const BATCH_SIZE = 512;
/** More than any model has. */
const ALL_LAYERS = 999;

export const llamaServerEngine: Engine = {
  name: 'llama-server',
  async start({ model, contextSize, sequences, threads, gpu, folder }) {
    const command = process.env['LLAMA_SERVER'];
    if (command === undefined) return { started: false, reason: 'LLAMA_SERVER does not name its binary' };
    if (!isExecutable(command)) return { started: false, reason: 'LLAMA_SERVER names no executable file' };
    const port = await freePort();
    const flags = {
      '--model': model,
      '--host': '127.0.0.1',
      '--port': port,
      '--threads': threads,
      '--threads-batch': threads,
      '--parallel': sequences,
      '--ctx-size': contextSize * sequences,
      '--batch-size': BATCH_SIZE,
      '--ubatch-size': BATCH_SIZE,
      '--n-gpu-layers': gpu === 'off' ? 0 : ALL_LAYERS,
    };
    const args = Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)]);
    const program = new ChildProgram({ name: 'llama-server', command, args, folder });
    const origin = `http://127.0.0.1:${port}`;
    await program.until(async () => ((await fetch(`${origin}/health`)).status === 200 ? true : null));
    return {
      started: true,
      engine: {
        origin,
        pid: program.pid,
        sign: () => Promise.resolve({}),
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      },
    };
  },
};
