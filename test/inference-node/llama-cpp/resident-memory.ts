// `node resident-memory.ts FILE CONTEXT SEQUENCES`: loads a model in a process of its own, computes with it, and prints as JSON by
// how much the process grew, in bytes: for the model (what was mapped from the file counts, too), and then for its vectors.
import { readFileSync } from 'node:fs';
import { loadLlama } from '../../../inference-node/llama-cpp/load-llama.ts';
import { LoadedModel } from '../../../inference-node/llama-cpp/loaded-model.ts';

const BYTES_PER_KIB = 1024;
const [path = '', contextSize, sequenceCount] = process.argv.slice(2);
const sequences = Number(sequenceCount);

function resident(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * BYTES_PER_KIB;
}

const llama = await loadLlama(false, () => undefined);
const before = resident();
const model = await LoadedModel.load(llama, {
  path,
  contextSize: Number(contextSize),
  sequences,
  gpuLayers: null,
  chatTemplate: null,
  onProgress: () => undefined,
});
if (!model.isEncoder) {
  const context = await model.createContext({ sequences, threads: 1, kvCacheType: 'f16', flashAttention: 'auto' });
  // llama.cpp has written all of the KV cache by now; the largest batch touches all buffers for computing.
  const tokens = model.tokenize('key '.repeat(context.batchSize), 'plain').slice(0, Math.min(context.batchSize, 255));
  for (let sequence = 0; sequence < Math.min(sequences, 4); sequence++) {
    await context.step([{ sequence, firstPosition: 0, tokens, sampler: null }]);
  }
}
const loaded = resident() - before;
await model.estimateEmbeddingContext();
const beforeVectors = resident();
const embeddings = await model.createEmbeddingContext(1);
const longest = model.tokenize('key '.repeat(2 * Number(contextSize)), 'plain').slice(0, Number(contextSize) - 4);
for (let time = 0; time < 2; time++) await embeddings.compute(longest);
process.stdout.write(JSON.stringify({ model: loaded, vectors: resident() - beforeVectors }));
process.exit();
