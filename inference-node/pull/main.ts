// `node inference-node/pull/main.ts <name | hf:… | https URL> [--dir DIR] [--json]`: downloads a model. stdout has the result,
// stderr the progress.
import { parseArgs } from 'node:util';
import { readCatalogue } from '../config/model-catalogue.ts';
import { EXIT_FAILURE, EXIT_USAGE } from '../config/node-config.ts';
import { processEnvironment } from '../config/process-environment.ts';
import { planPull } from './model-reference.ts';
import { pullModel } from './pull-model.ts';
import { createPullProgress } from './pull-progress.ts';

const EXIT_INTERRUPTED = 130;
const DEFAULT_DIRECTORY = '.hearthkey/models';
const DEFAULT_HUGGING_FACE = 'https://huggingface.co/';
const USAGE = `Usage: node inference-node/pull/main.ts MODEL [--dir DIR] [--json]

  MODEL      a name of models/catalogue.json, hf:user/repository/file.gguf, or an https URL
  --dir DIR  where the file is put (default ${DEFAULT_DIRECTORY})
  --json     one line of JSON on stdout
`;

const arguments_ = readArguments();
if (typeof arguments_ === 'string') {
  process.stderr.write(`hearthkey models pull: ${arguments_}. See --help.\n`);
  process.exit(EXIT_USAGE);
}
if (arguments_.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
process.exit(await run(arguments_));

type Arguments = { help: boolean; model: string; directory: string; json: boolean };

function readArguments(): Arguments | string {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        dir: { type: 'string', default: DEFAULT_DIRECTORY },
        // What the CLI says.
        directory: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [model, ...more] = positionals;
    if (!values.help && (model === undefined || more.length > 0)) return 'give one model';
    return { help: values.help, model: model ?? '', directory: values.directory ?? values.dir, json: values.json };
  } catch (error) {
    return error instanceof TypeError ? (error.message.split('. ')[0] ?? error.message) : String(error);
  }
}

async function run({ model, directory, json }: Arguments): Promise<number> {
  const huggingFaceEndpoint = (processEnvironment()['HF_ENDPOINT'] ?? DEFAULT_HUGGING_FACE).replace(/\/*$/, '/');
  const planned = planPull(model, readCatalogue(), huggingFaceEndpoint);
  if (!planned.ok) return report(planned.problem);
  const { plan } = planned;
  if (plan.licence !== null) tell(`Licence of the model, yours to accept: ${plan.licence.name}, ${plan.licence.url}`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      interrupted.abort();
    });
  const progress = createPullProgress(process.stderr);
  const result = await pullModel({
    plan,
    directory,
    huggingFaceEndpoint,
    signal: interrupted.signal,
    onProgress: (state) => {
      progress.show(state);
    },
    tell: (line) => {
      progress.end();
      tell(line);
    },
  });
  progress.end();
  if (!result.ok) return report(result.problem, interrupted.signal.aborted ? EXIT_INTERRUPTED : EXIT_FAILURE);
  const { file, sizeBytes, verified, present } = result.model;
  if (json) process.stdout.write(`${JSON.stringify(result.model)}\n`);
  else {
    const how = present ? 'is here already' : 'is here';
    const checked = verified ? 'verified' : 'its size and SHA-256 were not known beforehand';
    process.stdout.write(`${file} ${how}: ${sizeBytes} bytes, ${checked}.\nServe it: hearthkey up --model ${file}\n`);
  }
  return 0;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function report(problem: string, exitCode = EXIT_FAILURE): number {
  process.stderr.write(`hearthkey models pull: ${problem}\n`);
  return exitCode;
}
