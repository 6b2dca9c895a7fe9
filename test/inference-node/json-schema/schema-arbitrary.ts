// Random schemas, each with values that are valid by it and that its grammar can write.
import fc from 'fast-check';

export type SchemaCase = { schema: Record<string, unknown>; value: fc.Arbitrary<unknown> };

const name = fc.stringMatching(/^[a-z"\\ü😀]{1,6}$/u);
const text = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter((one) => one.isWellFormed() && !/[\p{Cc}]/u.test(one));

const bounds = fc
  .tuple(fc.integer({ min: -2_000, max: 2_000 }), fc.nat({ max: 3_000 }))
  .map(([min, size]) => ({ min, max: min + size }));

const strings: fc.Arbitrary<SchemaCase> = fc.oneof(
  fc.constant({ schema: { type: 'string' }, value: text }),
  fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 6 })).map(([minLength, more]) => ({
    schema: { type: 'string', minLength, maxLength: minLength + more },
    value: fc
      .array(fc.constantFrom('a', 'é', '😀', '"', '\\', '/'), { minLength, maxLength: minLength + more })
      .map((all) => all.join('')),
  })),
  fc
    .constantFrom('^[A-Z]{2}-\\d{3,5}(?:x|y"z)?$', '^(?:[^a-c]|\\\\){1,3}$', '^\\w+ ?\\w*$', 'b+c', '^$|^[é-ü]+$')
    .map((pattern) => ({
      schema: { type: 'string', pattern },
      // `stringMatching` knows the same syntax; what it makes of characters that JSON must escape otherwise is left out.
      value: fc
        .stringMatching(new RegExp(pattern, 'u'))
        .filter((one) => one.length < 40 && !/[\p{Cc}\u2028\u2029]/u.test(one) && one.isWellFormed()),
    })),
  fc.constant({
    schema: { type: 'string', format: 'date' },
    value: fc.integer({ min: 1, max: 28 }).map((day) => `2026-02-${String(day).padStart(2, '0')}`),
  }),
  fc.constant({ schema: { type: 'string', format: 'uuid' }, value: fc.uuid() }),
);

const numbers: fc.Arbitrary<SchemaCase> = fc.oneof(
  fc.constant({ schema: { type: 'integer' }, value: fc.integer() }),
  bounds.map(({ min, max }) => ({
    schema: { type: 'integer', minimum: min, maximum: max },
    value: fc.integer({ min, max }),
  })),
  bounds.map(({ min, max }) => ({
    schema: { type: 'integer', exclusiveMinimum: min - 1, exclusiveMaximum: max + 1 },
    value: fc.integer({ min, max }),
  })),
  bounds.map(({ min, max }) => ({
    schema: { type: 'number', minimum: min, maximum: max },
    value: fc.integer({ min: min * 4, max: max * 4 }).map((quarter) => quarter / 4),
  })),
  bounds.map(({ min, max }) => ({
    schema: { type: 'number', exclusiveMinimum: min, exclusiveMaximum: max + 1 },
    value: fc.integer({ min: min * 4 + 1, max: max * 4 + 3 }).map((quarter) => quarter / 4),
  })),
  fc.constant({
    schema: { type: 'number' },
    value: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((one) => one / 8),
  }),
);

const leaves: fc.Arbitrary<SchemaCase> = fc.oneof(
  strings,
  numbers,
  fc.constant({ schema: { type: 'boolean' }, value: fc.boolean() }),
  fc.constant({ schema: { type: 'null' }, value: fc.constant(null) }),
  fc.constant({ schema: { type: ['string', 'null'] }, value: fc.option(text) }),
  fc
    .uniqueArray(fc.oneof(text, fc.integer(), fc.constant(null), fc.boolean()), { minLength: 1, maxLength: 6 })
    .map((values) => ({ schema: { enum: values }, value: fc.constantFrom(...values) })),
);

const { schemas } = fc.letrec<{ schemas: SchemaCase; objects: SchemaCase; arrays: SchemaCase; choices: SchemaCase }>(
  (tie) => ({
    schemas: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaves,
      tie('objects'),
      tie('arrays'),
      tie('choices'),
    ),
    objects: fc
      .tuple(
        fc.uniqueArray(fc.tuple(name, tie('schemas'), fc.boolean()), { selector: ([key]) => key, maxLength: 5 }),
        fc.boolean(),
      )
      .map(([properties, isOpen]) => ({
        schema: {
          type: 'object',
          properties: Object.fromEntries(properties.map(([key, { schema }]) => [key, schema])),
          required: properties.filter(([, , isRequired]) => isRequired).map(([key]) => key),
          additionalProperties: isOpen && properties.length > 0 ? { type: 'integer' } : false,
        },
        value: fc.record(Object.fromEntries(properties.map(([key, { value }]) => [key, value])), {
          requiredKeys: properties.filter(([, , isRequired]) => isRequired).map(([key]) => key),
        }),
      })),
    arrays: fc
      .tuple(tie('schemas'), fc.nat({ max: 2 }), fc.nat({ max: 3 }))
      .map(([{ schema, value }, minItems, more]) => ({
        schema: { type: 'array', items: schema, minItems, maxItems: minItems + more },
        value: fc.array(value, { minLength: minItems, maxLength: minItems + more }),
      })),
    choices: fc.array(tie('schemas'), { minLength: 1, maxLength: 3 }).map((options) => ({
      schema: { anyOf: options.map(({ schema }) => schema) },
      value: fc.oneof(...options.map(({ value }) => value)),
    })),
  }),
);

/** Of any kind that is supported, nested a little. */
export const schemaCases: fc.Arbitrary<SchemaCase> = schemas;
