// Examines the embedded models: `node models/verify.ts [--only ID] [--misses] [--threads N]`. Run by hand after a change of
// engine or weights; a short form of it is test/models/answer-quality.test.ts.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { embeddedModelsSchema, type EmbeddedModel } from '../protocol/catalogue/embedded-models.ts';
import { readExpectedAnswers } from './verification/expected-answers.ts';
import { readHeldOutQuestions, type HeldOutPart } from './verification/held-out-questions.ts';
import { isRightAnswer } from './verification/judge-answer.ts';
import { ODD_PROMPTS } from './verification/odd-prompts.ts';
import { TinyModel } from './verification/tiny-model.ts';
import { readTokenCases } from './verification/token-cases.ts';

/** What many clients send unasked. */
const COMMON_SYSTEM_MESSAGE = 'You are a helpful assistant.';

type Row = Record<string, string>;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    misses: { type: 'boolean', default: false },
    threads: { type: 'string', default: '1' },
  },
});

const table: Record<string, Row> = {};
for (const entry of readManifest()) {
  if (flags.only !== undefined && flags.only !== entry.id) continue;
  table[entry.id] = await examine(entry);
}
console.table(table);

async function examine(entry: EmbeddedModel): Promise<Row> {
  await using model = await TinyModel.load(fileOf(entry), Number(flags.threads));
  const cases = readTokenCases(entry.architecture);
  const sameTokens = cases.filter(({ text, ids }) => model.tokenize(text).join() === ids.join());
  const test = await askAll(model, 'test');
  const withSystem = await askAll(model, 'test', COMMON_SYSTEM_MESSAGE);
  const dev = await askAll(model, 'dev');
  let endings = test.ended;
  for (const prompt of ODD_PROMPTS) endings += Number((await model.ask(prompt)).ended);
  const speed = await model.measureSpeed();
  return {
    'test right': share(test.right, test.asked),
    'with system message': share(withSystem.right, withSystem.asked),
    'dev right': share(dev.right, dev.asked),
    'answers that end': share(endings, test.asked + ODD_PROMPTS.length),
    'same tokens': share(sameTokens.length, cases.length),
    'reading tokens/s': speed.reading.toFixed(0),
    'writing tokens/s': speed.writing.toFixed(0),
  };
}

async function askAll(model: TinyModel, part: HeldOutPart, system?: string) {
  const expected = readExpectedAnswers();
  const questions = readHeldOutQuestions(part);
  let right = 0;
  let ended = 0;
  for (const question of questions) {
    const answer = await model.ask(question.question, system);
    const good = isRightAnswer(question, answer.text, expected);
    if (!good && flags.misses) console.log(`${part}: ${question.question}\n  → ${answer.text}`);
    right += Number(good);
    ended += Number(answer.ended);
  }
  return { asked: questions.length, right, ended };
}

function readManifest(): EmbeddedModel[] {
  const text = readFileSync(new URL('./embedded.json', import.meta.url), 'utf8');
  return embeddedModelsSchema.parse(JSON.parse(text)).models;
}

function fileOf(entry: EmbeddedModel): string {
  return fileURLToPath(new URL(entry.file, import.meta.url));
}

function share(count: number, of: number): string {
  return `${count} of ${of}${count === of ? '' : ` (${((100 * count) / of).toFixed(1)}%)`}`;
}
