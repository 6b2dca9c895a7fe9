// Guarantee: the grammar of a schema takes what is valid by the schema, and nothing else; what cannot be enforced is refused, with the
// place; and no schema takes long.
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { getLlama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonObjectToGbnf, jsonSchemaToGbnf } from '../../../inference-node/json-schema/json-schema-to-gbnf.ts';
import { SchemaProblem } from '../../../inference-node/json-schema/schema-problem.ts';
import { schemaCases } from './schema-arbitrary.ts';

const ajv = new Ajv2020({ strict: false });
// Its types are those of its CommonJS form.
(formats as unknown as (ajv: Ajv2020) => void)(ajv);

let llama: Awaited<ReturnType<typeof getLlama>>;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never' });
});
afterAll(() => llama.dispose());

/** Whether llama.cpp takes a text as a whole one of the grammar. */
async function takes(gbnf: string, text: string): Promise<boolean> {
  const grammar: unknown = await llama.createGrammar({ grammar: gbnf });
  return (grammar as { _testText: (text: string) => boolean })._testText(text);
}

/** JSON as the grammar writes it: no white space, and members in the order of the schema. */
const compact = (value: unknown): string => JSON.stringify(value);

test('takes values that are valid by the schema', async () => {
  await fc.assert(
    fc.asyncProperty(
      schemaCases.chain(({ schema, value }) => fc.tuple(fc.constant(schema), value)),
      async ([schema, value]) => {
        fc.pre(!/e[+-]?\d/.test(compact(value)));
        expect(ajv.validate(schema, value), 'the test itself').toBe(true);
        expect(await takes(jsonSchemaToGbnf(schema), compact(value)), compact(value)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('takes no value that is not', async () => {
  await fc.assert(
    fc.asyncProperty(
      schemaCases,
      schemaCases.chain(({ value }) => value),
      async ({ schema }, value) => {
        fc.pre(!ajv.validate(schema, value));
        expect(await takes(jsonSchemaToGbnf(schema), compact(value)), compact(value)).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});

describe('white space, escapes and broken JSON', () => {
  test.each([
    ['{"a": 1, "b": [1, 2]}', true],
    ['{\n  "a": 1\n}', true],
    ['{"a":"\\u00e9\\n\\ud83d\\ude00"}', true],
    ['{"a":"\\ud83d"}', false],
    ['{"a":1,}', false],
    ['{"a":01}', false],
    ['{"a":"\n"}', false],
    ['{"a":1', false],
    ['[1]', false],
    ['{"a":1} ', false],
  ])('%j: %s', async (text, expected) => {
    expect(await takes(jsonObjectToGbnf(), text)).toBe(expected);
  });
});

const NODE = {
  type: 'object',
  properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  required: ['value', 'next'],
  additionalProperties: false,
};
const SUM = {
  $defs: {
    term: {
      oneOf: [
        {
          type: 'object',
          properties: { kind: { const: 'number' }, value: { type: 'integer' } },
          required: ['kind', 'value'],
          additionalProperties: false,
        },
        {
          type: 'object',
          properties: { kind: { const: 'sum' }, terms: { type: 'array', items: { $ref: '#/$defs/term' } } },
          required: ['kind', 'terms'],
          additionalProperties: false,
        },
      ],
    },
  },
  $ref: '#/$defs/term',
};

describe('composed schemas', () => {
  test.each([
    [
      'a list that holds itself',
      { $ref: '#/$defs/node', $defs: { node: NODE } },
      { value: 1, next: { value: 2, next: null } },
      { value: 1 },
    ],
    [
      'types with a tag that hold each other',
      SUM,
      {
        kind: 'sum',
        terms: [
          { kind: 'number', value: 1 },
          { kind: 'sum', terms: [] },
        ],
      },
      { kind: 'number', terms: [] },
    ],
    [
      'allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'integer', minimum: 3 } }, required: ['b'] },
        ],
      },
      { a: 'x', b: 3 },
      { a: 'x', b: 2 },
    ],
    [
      'allOf in allOf, by reference',
      {
        $defs: {
          base: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
          named: {
            allOf: [{ $ref: '#/$defs/base' }, { properties: { name: { type: 'string' } }, required: ['name'] }],
          },
        },
        allOf: [{ $ref: '#/$defs/named' }, { required: ['id'] }],
      },
      { id: 1, name: 'x' },
      { name: 'x' },
    ],
    [
      'what stands beside a choice',
      {
        type: 'object',
        properties: { a: { type: 'integer' }, b: { type: 'integer' } },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      { b: 1 },
      {},
    ],
    [
      'what stands beside a reference',
      { $defs: { n: { type: 'integer', minimum: 0 } }, $ref: '#/$defs/n', maximum: 5 },
      5,
      6,
    ],
    ['a map', { type: 'object', additionalProperties: { type: 'boolean' } }, { any: true, name: false }, { any: 1 }],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 1 },
      ['a', 1],
      ['a', 1, 2],
    ],
    [
      'const beside type',
      { type: 'object', properties: { v: { type: 'integer', const: 7 } }, required: ['v'] },
      { v: 7 },
      { v: 8 },
    ],
    ['a required property that is not described', { type: 'object', required: ['x'] }, { x: [1] }, { y: 1 }],
    ['any value', {}, { a: [null, true, 'x', 1.5] }, undefined],
    ['a long text', { type: 'string', minLength: 2_001, maxLength: 5_000 }, 'x'.repeat(4_500), 'x'.repeat(5_001)],
  ])('%s', async (_, schema, valid, invalid) => {
    const gbnf = jsonSchemaToGbnf(schema);
    expect(ajv.validate(schema, valid), 'the test itself').toBe(true);
    expect(await takes(gbnf, compact(valid))).toBe(true);
    if (invalid === undefined) return;
    expect(ajv.validate(schema, invalid), 'the test itself').toBe(false);
    expect(await takes(gbnf, compact(invalid))).toBe(false);
  });

  test('extra properties never take the name of a described one', async () => {
    const gbnf = jsonSchemaToGbnf({
      type: 'object',
      properties: { ab: { type: 'string' }, abc: { type: 'string' } },
      additionalProperties: { type: 'integer' },
    });
    for (const [text, expected] of [
      ['{"ab":"x","a":1,"abd":2,"abcd":3,"":4}', true],
      ['{"ab":1}', false],
      ['{"z":1,"abc":2}', false],
    ] as const) {
      expect(await takes(gbnf, text), text).toBe(expected);
    }
  });
});

describe('what cannot be enforced is refused, where it is: ', () => {
  const inside = (schema: unknown): unknown => ({ type: 'object', properties: { a: schema } });
  test.each([
    ['.properties.a.multipleOf', inside({ type: 'integer', multipleOf: 3 })],
    ['.properties.a.not', inside({ not: { type: 'string' } })],
    ['.properties.a.if', inside({ if: {}, then: {} })],
    ['.properties.a.uniqueItems', inside({ type: 'array', uniqueItems: true })],
    ['.properties.a.contains', inside({ type: 'array', contains: {} })],
    ['.properties.a.format', inside({ type: 'string', format: 'iri' })],
    ['.properties.a.pattern', inside({ type: 'string', pattern: '^(?=a)' })],
    ['.properties.a.pattern', inside({ type: 'string', pattern: '(a)\\1' })],
    ['.properties.a.pattern', inside({ type: 'string', pattern: '^a$', maxLength: 3 })],
    ['.properties.a.patternProperties', inside({ patternProperties: { '^x': {} } })],
    ['.properties.a.minProperties', inside({ type: 'object', minProperties: 2 })],
    ['.properties.a.minimum', inside({ type: 'number', minimum: 0.5 })],
    ['.properties.a.oneOf', inside({ oneOf: [{ type: 'integer' }, { type: 'number' }] })],
    ['.properties.a.$ref', inside({ $ref: 'https://example.com/schema' })],
    ['.properties.a.$ref', inside({ $ref: '#/$defs/nothing' })],
    ['.properties.a.type', inside({ type: 'text' })],
    ['.properties.a.unknownKeyword', inside({ unknownKeyword: 1 })],
    ['.properties.a', { type: 'object', properties: { a: false }, required: ['a'] }],
    ['', { $ref: '#' }],
    [
      '',
      {
        $defs: {
          t: {
            anyOf: [
              { type: 'array', items: { $ref: '#/$defs/t' } },
              { type: 'array', items: { $ref: '#/$defs/t' }, minItems: 1 },
            ],
          },
        },
        $ref: '#/$defs/t',
      },
    ],
  ])('%s', (path, schema) => {
    let problem: unknown;
    try {
      jsonSchemaToGbnf(schema);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(SchemaProblem);
    expect((problem as SchemaProblem).path).toBe(path);
  });
});

describe('a hostile schema is refused at once: ', () => {
  const chain = (make: (next: unknown) => unknown): unknown => ({
    $ref: '#/$defs/d0',
    $defs: {
      ...Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [`d${index}`, make({ $ref: `#/$defs/d${index + 1}` })]),
      ),
      d50: { type: 'string' },
    },
  });
  const nested = (depth: number): unknown =>
    depth === 0 ? { type: 'string' } : { type: 'array', items: nested(depth - 1) };
  test.each([
    ['2^50 parts by allOf', chain((next) => ({ allOf: [next, next] }))],
    [
      '2^50 readings',
      chain((next) => ({
        anyOf: [
          { type: 'array', items: next, maxItems: 1 },
          { type: 'array', items: next, maxItems: 2 },
        ],
      })),
    ],
    ['a thousand levels', nested(1_000)],
    [
      'a thousand optional properties',
      {
        type: 'object',
        properties: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`p${index}`, {}])),
      },
    ],
    ['ten thousand values', { enum: Array.from({ length: 10_000 }, (_, index) => index) }],
    ['a million items', { type: 'array', items: {}, maxItems: 1_000_000 }],
    [
      'arrays of arrays of counts',
      {
        type: 'array',
        maxItems: 2_000,
        minItems: 2_000,
        items: { type: 'array', minItems: 2_000, maxItems: 2_000, items: { type: 'string', minLength: 2_000 } },
      },
    ],
    ['a text of a million', { type: 'string', maxLength: 1_000_000 }],
    ['a pattern of many choices', { type: 'string', pattern: `^(?:${'(?:a|b|ab)?'.repeat(50)})*$` }],
  ])('%s', (name, schema) => {
    const refuse = (): unknown => jsonSchemaToGbnf(schema);
    if (name === 'arrays of arrays of counts') expect(refuse).not.toThrow();
    else expect(refuse).toThrow(SchemaProblem);
  });
});
