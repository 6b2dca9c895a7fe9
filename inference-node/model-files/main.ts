// `node inference-node/model-files/main.ts show MODEL | verify [MODEL]`: what is in model files, and whether they are sound.
// stdout has the result, stderr what went wrong.
import { parseArgs } from 'node:util';
import { MAX_CONTEXT_SIZE, MAX_SEQUENCES } from '../config/bounds.ts';
import { EXIT_FAILURE, EXIT_USAGE } from '../config/node-config.ts';
import { describeReport } from './describe-report.ts';
import { findModelFile, listModelFiles, type ModelFile } from './find-model-file.ts';
import { reportModel } from './report-model.ts';
import { verifyModel, type ModelVerdict } from './verify-models.ts';

const DEFAULT_DIRECTORY = '.hearthkey/models';
const SHORTEST_CONTEXT = 64;
const USAGE = `Usage: node inference-node/model-files/main.ts show MODEL [options]
       node inference-node/model-files/main.ts verify [MODEL] [options]

  MODEL             a name of the catalogue or of an embedded model, or a .gguf file; verify without one: all that are here
  --dir DIR         where downloads lie (default ${DEFAULT_DIRECTORY})
  --context-size N  show: memory for this many tokens of context a call
  --sequences N     show: memory for this many calls at once
  --json            JSON on stdout
`;

type Arguments = {
  command: 'show' | 'verify';
  model: string | undefined;
  directory: string;
  contextSize: number | null;
  sequences: number | null;
  json: boolean;
};

const parsed = readArguments();
if (typeof parsed === 'string') {
  process.stderr.write(`hearthkey models: ${parsed}. See --help.\n`);
  process.exit(EXIT_USAGE);
}
if (parsed === null) process.stdout.write(USAGE);
// Not process.exit: what was written to a pipe must get there.
else process.exitCode = await (parsed.command === 'show' ? show(parsed) : verify(parsed));

/** Null: help is wanted. A text: what is wrong. */
function readArguments(): Arguments | string | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        dir: { type: 'string', default: DEFAULT_DIRECTORY },
        'context-size': { type: 'string' },
        sequences: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return null;
    const [command, model, ...more] = positionals;
    if (command !== 'show' && command !== 'verify') return 'give show or verify';
    if ((command === 'show' && model === undefined) || more.length > 0) return 'give one model';
    const contextSize = readNumber(values['context-size'], SHORTEST_CONTEXT, MAX_CONTEXT_SIZE);
    const sequences = readNumber(values.sequences, 1, MAX_SEQUENCES);
    if (contextSize === undefined) return `--context-size must be from ${SHORTEST_CONTEXT} to ${MAX_CONTEXT_SIZE}`;
    if (sequences === undefined) return `--sequences must be from 1 to ${MAX_SEQUENCES}`;
    return { command, model, directory: values.dir, contextSize, sequences, json: values.json };
  } catch (error) {
    return error instanceof TypeError ? (error.message.split('. ')[0] ?? error.message) : String(error);
  }
}

/** Null: none is given; undefined: it is none, or out of bounds. */
function readNumber(text: string | undefined, min: number, max: number): number | null | undefined {
  if (text === undefined) return null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

async function show({ model = '', directory, contextSize, sequences, json }: Arguments): Promise<number> {
  const found = findModelFile(model, directory);
  if (!found.ok) return fail('show', found.problem);
  const result = await reportModel(found.file, { contextSize, sequences });
  if (!result.ok) return fail('show', result.problem);
  process.stdout.write(json ? `${JSON.stringify(result.report, null, 2)}\n` : describeReport(result.report));
  return 0;
}

async function verify({ model, directory, json }: Arguments): Promise<number> {
  let files: ModelFile[];
  if (model === undefined) files = await listModelFiles(directory);
  else {
    const found = findModelFile(model, directory);
    if (!found.ok) return fail('verify', found.problem);
    files = [found.file];
  }
  const verdicts: ModelVerdict[] = [];
  for (const file of files) {
    const verdict = await verifyModel(file);
    verdicts.push(verdict);
    if (!json) process.stdout.write(describeVerdict(verdict));
  }
  if (json) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  return verdicts.every(({ ok }) => ok) ? 0 : EXIT_FAILURE;
}

function describeVerdict({ file, checked, sha256, problem }: ModelVerdict): string {
  if (problem !== null) return `BAD  ${file}\n     ${problem}\n`;
  const how =
    checked === 'catalogue'
      ? 'SHA-256 as published'
      : `a sound GGUF file; SHA-256 ${sha256 ?? ''}, published nowhere here`;
  return `ok   ${file}\n     ${how}\n`;
}

function fail(command: string, problem: string): number {
  process.stderr.write(`hearthkey models ${command}: ${problem}\n`);
  return EXIT_FAILURE;
}
