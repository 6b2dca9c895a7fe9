// `node bench/gguf/generate.ts SHAPE OUT.gguf`: makes a model of random weights for measuring.
import { isModelShapeName, MODEL_SHAPES } from './model-shapes.ts';
import { writeModel } from './write-model.ts';

const [name, path, ...rest] = process.argv.slice(2);
if (!isModelShapeName(name) || path === undefined || rest.length > 0) {
  process.stderr.write(`usage: node bench/gguf/generate.ts ${Object.keys(MODEL_SHAPES).join('|')} OUT.gguf\n`);
  process.exitCode = 2;
} else {
  const start = performance.now();
  const bytes = await writeModel(name, MODEL_SHAPES[name], path);
  process.stdout.write(`${path}: ${bytes} bytes in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
