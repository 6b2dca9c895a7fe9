// Guarantee: a grammar that llama.cpp cannot read, or might not survive, is refused with the reason, quickly, before llama.cpp sees
// it; and what passes, llama.cpp reads.
import { getLlama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkGrammar } from '../../../inference-node/grammar/check-grammar.ts';
import { GrammarProblem } from '../../../inference-node/grammar/grammar-problem.ts';

const numbered = (count: number, rule: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => rule(index)).join('\n');

const JSON_GRAMMAR = String.raw`
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
# a comment
ws ::= | " " | "\n" [ \t]{0,20}`;

const ACCEPTED: readonly (readonly [string, string])[] = [
  ['JSON', JSON_GRAMMAR],
  [
    'arithmetic',
    'root ::= (expr "=" term "\\n")+\nexpr ::= term ([-+*/] term)*\nterm ::= [a-z]+ | [0-9]+ | "(" expr ")"',
  ],
  ['words that begin alike', 'root ::= "yes" | "yesterday" | "year" [0-9]{4}'],
  ['escapes', String.raw`root ::= "\x41\u00e9\U0001F600\n\"" [\]\-\\^] . [^\n]?`],
  ['a rule over several lines', 'root ::= (\n  "a" # first\n  | "b"\n)\n'],
  ['lists without end', 'root ::= item root | item\nitem ::= "- " [^\\n]{1,80} "\\n"'],
  ['a long count', 'root ::= "a"{2000} "b"{0,2000}'],
];

describe('what llama.cpp can follow', () => {
  let llama: Awaited<ReturnType<typeof getLlama>>;
  beforeAll(async () => {
    llama = await getLlama({ gpu: false, build: 'never' });
  });
  afterAll(() => llama.dispose());

  test.each(ACCEPTED)('passes, and llama.cpp reads it: %s', async (_, grammar) => {
    expect(() => {
      checkGrammar(grammar);
    }).not.toThrow();
    await expect(llama.createGrammar({ grammar })).resolves.toBeDefined();
  });
});

describe('what llama.cpp cannot follow is refused: ', () => {
  test.each([
    ['no root', 'start ::= "a"', 'it has no rule "root"'],
    ['an unknown rule', 'root ::= other', 'the rule "other" is used, but not there'],
    ['a rule twice', 'root ::= "a"\nroot ::= "b"', 'the rule "root" is there twice (line 2)'],
    ['an open group', 'root ::= ("a"', 'a group is not closed with ")" (line 1)'],
    ['an open literal', 'root ::= "a', 'it ends within a literal or a class of characters (line 1)'],
    ['an unknown escape', String.raw`root ::= "\q"`, 'it has an unknown escape (line 1)'],
    ['an empty class', 'root ::= []', 'a class of characters is empty (line 1)'],
    ['a backward range', 'root ::= [z-a]', 'a range of characters ends before it begins (line 1)'],
    ['nothing to repeat', 'root ::= *', 'a rule must end with its line (line 1)'],
    ['nothing repeated', 'root ::= "a" ""*', 'an empty literal cannot be repeated (line 1)'],
    [
      'nothing repeated, far behind',
      `root ::= "a" ""${' '.repeat(40)}*`,
      'an empty literal cannot be repeated (line 1)',
    ],
    [
      'nothing repeated in the next line',
      'root ::= ("a" "" # none\n{9})',
      'an empty literal cannot be repeated (line 2)',
    ],
    ['a broken repetition', 'root ::= "a"{x}', 'a repetition is not of the form {m}, {m,} or {m,n} (line 1)'],
    ['no grammar at all', 'hello', '"::=" must follow the name "hello" (line 1)'],
    ['tokens', 'root ::= <[1]>', 'tokens ("<…>") are not supported here (line 1)'],
  ])('%s', (_, grammar, message) => {
    expect(() => {
      checkGrammar(grammar);
    }).toThrow(new GrammarProblem(message));
  });
});

describe('what would hang llama.cpp or fill its memory is refused at once: ', () => {
  test.each([
    ['left recursion', 'root ::= root "a" | "b"', /left recursion/],
    ['left recursion behind what may be empty', 'root ::= a\na ::= "x"? root', /left recursion/],
    ['a million repetitions', 'root ::= "a"{1000000}', /more than 2000 times/],
    ['repetitions of repetitions', 'root ::= (("a"{0,60}){0,60}){0,60}', /repetitions within repetitions/],
    ['thousands of groups in groups', `root ::= ${'('.repeat(9_000)}"a"${')'.repeat(9_000)}`, /nested deeper/],
    [
      '2^60 ways to the first character',
      `root ::= r0\n${numbered(60, (i) => `r${i} ::= r${i + 1} "x" | r${i + 1} "y"`)}\nr60 ::= "a"`,
      /too many of its rules/,
    ],
    [
      '2^60 readings',
      `root ::= r0\n${numbered(60, (i) => `r${i} ::= "a" r${i + 1} "x" | "a" r${i + 1} "y"`)}\nr60 ::= "a"`,
      /too many readings/,
    ],
    ['readings that double at every character', 'root ::= "a" root "b" | "a" root "c" | ""', /holds itself/],
    ['the same in a detour', 'root ::= s | r\ns ::= "a" root "b"\nr ::= "a" root "c" | "x"', /holds itself/],
    ['the same where one way is to be empty', 'root ::= ("a" root "c")? "a" root "d" | "e"', /holds itself/],
    ['a text without end', 'a'.repeat(65_537), /longer than 65536/],
  ])('%s', (_, grammar, message) => {
    expect(() => {
      checkGrammar(grammar);
    }).toThrow(message);
  });
});
