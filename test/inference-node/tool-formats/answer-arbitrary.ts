// Random answers with calls of tools, as the models of each format write them, beside what a client must be told of them. Texts and
// arguments are full of what could be mistaken for a marker.
import fc from 'fast-check';
import type { ToolFormatName } from '../../../inference-node/tool-formats/tool-formats.ts';

export type ToldAnswer = { text: string; calls: readonly { name: string; arguments: string }[] };
export type WrittenAnswer = { written: string; told: ToldAnswer };

const MARKERS = [
  '<tool_call>',
  '</tool_call>',
  '[TOOL_CALLS]',
  '[ARGS]',
  '[CALL_ID]',
  '{"name": "',
  '"arguments": ',
  '}]',
];
/** Beginnings of markers, and what JSON must escape. */
const FRAGMENTS = [
  '<',
  '<tool_',
  '</',
  '[',
  '[TOOL_',
  '[AR',
  ']',
  '{',
  '}',
  '"',
  '\\',
  ',',
  ':',
  'é',
  '😀',
  '\n',
  '\t',
  ' ',
  'a',
];

const noise = (fragments: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...fragments), { maxLength: 6 }).map((all) => all.join(''));

/** Of the tools. One is the beginning of another. */
export const NAMES = ['f', 'get_weather', 'get_weather_of-week', 'A-1_b', '0'];
const name = fc.constantFrom(...NAMES);
const inString = noise([...MARKERS, ...FRAGMENTS]);
const json = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    inString,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(inString, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));
const args = fc.tuple(json.object, fc.boolean()).map(([value, isWide]) => JSON.stringify(value, null, isWide ? 2 : 0));
const space = fc.constantFrom('', ' ', '\n', '\n  ');
const callId = fc.stringMatching(/^[A-Za-z0-9]{9}$/);

const call = fc.record({ name, args, space, id: fc.option(callId) });
type Call = { name: string; args: string; space: string; id: string | null };

const calls = fc.array(call, { minLength: 1, maxLength: 3 });

const jsonCall = ({ name: called, args: written, space: between }: Call, key: string, after = ''): string =>
  `{${between}"name":${between}"${called}",${between}"${key}":${between}${written}${after}${between}}`;

/** How each family writes calls: one call only, or several. */
const WRITERS: Record<ToolFormatName, (all: readonly Call[]) => string> = {
  tagged: (all) =>
    all.map((one) => `<tool_call>${one.space}${jsonCall(one, 'arguments')}${one.space}</tool_call>`).join('\n'),
  described: (all) => all.map((one) => `<tool_call>\n${jsonCall(one, 'arguments')}\n</tool_call>`).join(''),
  llama: ([one]) => (one === undefined ? '' : one.space + jsonCall(one, 'parameters')),
  'mistral-list': (all) => {
    const list = all.map((one) => jsonCall(one, 'arguments', one.id === null ? '' : `, "id": "${one.id}"`));
    return `[TOOL_CALLS]${all[0]?.space ?? ''}[${list.join(', ')}${all[0]?.space ?? ''}]`;
  },
  'mistral-name': (all) =>
    all.map((one) => `[TOOL_CALLS]${one.name}${one.id === null ? '' : `[CALL_ID]${one.id}`}[ARGS]${one.args}`).join(''),
};

const OPENERS: Record<ToolFormatName, string | null> = {
  tagged: '<tool_call>',
  described: '<tool_call>',
  llama: null,
  'mistral-list': '[TOOL_CALLS]',
  'mistral-name': '[TOOL_CALLS]',
};

/** Text that has no whole opener in it, nor with what may come after it. */
export function freeTextOf(format: ToolFormatName): fc.Arbitrary<string> {
  const opener = OPENERS[format];
  return noise([...MARKERS, ...FRAGMENTS, 'Well. ']).filter((text) =>
    opener === null ? !text.trimStart().startsWith('{') : !text.includes(opener),
  );
}

/** An answer with at least one call. White space between text and call says nothing. */
export function answersOf(format: ToolFormatName): fc.Arbitrary<WrittenAnswer> {
  const before = OPENERS[format] === null ? fc.constant('') : freeTextOf(format);
  return fc.tuple(before, calls).map(([text, all]) => {
    const shown = format === 'llama' ? all.slice(0, 1) : all;
    return {
      written: text + WRITERS[format](shown),
      told: { text: text.trimEnd(), calls: shown.map((one) => ({ name: one.name, arguments: one.args })) },
    };
  });
}
