// From the zod schemas that validate to JSON Schema (draft 2020-12, which is OpenAPI 3.1's dialect). Schemas with an id become
// named components, once, and everything else refers to them.
import * as z from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Whether a schema describes what callers send, or what they get. */
export type Direction = 'input' | 'output';

const LOCAL_PREFIX = '#/$defs/';
export const COMPONENT_PREFIX = '#/components/schemas/';

export class SchemaComponents {
  readonly #schemas = new Map<string, JsonSchema>();

  /** The JSON Schema of a zod schema: a `$ref` when it has an id. Throws when two different schemas share an id. */
  describe(schema: z.ZodType, direction: Direction): JsonSchema {
    const { $defs = {}, ...root } = z.toJSONSchema(schema, {
      io: direction,
      override: (context) => {
        if (direction === 'output') allowNewFields(context);
      },
    });
    // The document names its dialect once, by its version.
    delete root.$schema;
    for (const [id, definition] of Object.entries($defs)) this.#add(id, pointAtComponents(definition));
    return pointAtComponents(root);
  }

  /** Every component so far, by id, in alphabetical order. */
  all(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(id: string, definition: JsonSchema): void {
    const known = this.#schemas.get(id);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`Two different schemas have the id ${id}.`);
    }
    this.#schemas.set(id, definition);
  }
}

/** Answers may get new fields later: a client that validates strictly must not break by that. */
function allowNewFields({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }): void {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
}

function pointAtComponents(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace(LOCAL_PREFIX, COMPONENT_PREFIX) : value,
  );
  // The same value with other references: still what it was.
  return JSON.parse(text) as JsonSchema;
}
