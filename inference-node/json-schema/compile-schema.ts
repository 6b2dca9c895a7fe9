// A JSON schema (2020-12: https://json-schema.org/draft/2020-12/json-schema-validation) as rules of a grammar whose every text is valid
// by it. Not every valid text is one of the grammar: what the schema leaves open is narrowed (the order of properties, extra
// properties where some are named, white space). What would have to be enforced and cannot be is refused, never passed by.
import { arrayGrammar } from './array-grammar.ts';
import { exclusiveProblem } from './exclusive-choice.ts';
import { findTag } from './find-tag.ts';
import { literal, type GbnfWriter } from './gbnf-writer.ts';
import { JsonRules } from './json-rules.ts';
import { isJsonObject, sameJson, type JsonObject } from './json-value.ts';
import { literalChoice } from './literal-choice.ts';
import { ANNOTATIONS, mergeSchemas } from './merge-schemas.ts';
import { integerGrammar, numberGrammar } from './number-grammar.ts';
import { ObjectGrammar, type Property } from './object-grammar.ts';
import { resolveReference } from './resolve-reference.ts';
import { SchemaProblem } from './schema-problem.ts';
import { stringGrammar } from './string-grammar.ts';
import { checkPropertyCount } from './property-count.ts';
import { schemaList } from './schema-list.ts';
import { hasType, KEYWORDS_OF_TYPE, typesOf } from './schema-types.ts';
import { wholeNumber } from './whole-number.ts';

/** Of schemas in schemas, merged ones included. */
const MAX_DEPTH = 64;
/** Schemas looked at: merging can multiply them. */
const MAX_SCHEMAS = 5_000;
const MAX_ENUM = 1_000;
const MAX_ITEMS = 2_000;
const MAX_COMPOSITION = 64;

const APPLICATORS = ['type', 'enum', 'const', '$ref', '$defs', 'definitions', 'allOf', 'anyOf', 'oneOf'];
const KNOWN: ReadonlySet<string> = new Set([...APPLICATORS, ...Object.values(KEYWORDS_OF_TYPE).flat()]);

export class SchemaCompiler {
  readonly #writer: GbnfWriter;
  readonly #root: unknown;
  readonly #json: JsonRules;
  /** Rules of the schemas that a reference names; they may hold themselves. */
  readonly #references = new Map<string, string>();
  #depth = 0;
  #count = 0;

  constructor(writer: GbnfWriter, root: unknown) {
    this.#writer = writer;
    this.#root = root;
    this.#json = new JsonRules(writer);
  }

  /** The name of a rule for a schema. Throws a `SchemaProblem`. */
  compile(schema: unknown, path = ''): string {
    this.#enter(path);
    const rule = this.#compile(schema, path);
    this.#depth--;
    return rule;
  }

  #enter(path: string): void {
    if (++this.#count > MAX_SCHEMAS) throw new SchemaProblem(path, 'the schema is too large, or its parts multiply');
    if (++this.#depth > MAX_DEPTH) throw new SchemaProblem(path, `the schema is nested deeper than ${MAX_DEPTH}`);
  }

  #compile(schema: unknown, path: string): string {
    if (schema === true) return this.#json.value;
    if (schema === false) throw new SchemaProblem(path, 'nothing is valid by it');
    if (!isJsonObject(schema)) throw new SchemaProblem(path, 'a schema must be an object or a boolean');
    const stranger = Object.keys(schema).find((keyword) => !KNOWN.has(keyword) && !ANNOTATIONS.has(keyword));
    if (stranger !== undefined) throw new SchemaProblem(`${path}.${stranger}`, 'this keyword cannot be enforced');
    if (schema['$ref'] !== undefined) return this.#reference(schema, path);
    if (schema['allOf'] !== undefined) return this.compile(this.#mergeAll(schema, path), path);
    if (schema['anyOf'] !== undefined) return this.#choice(schema, 'anyOf', path);
    if (schema['oneOf'] !== undefined) return this.#choice(schema, 'oneOf', path);
    if (schema['enum'] !== undefined || schema['const'] !== undefined) return this.#values(schema, path);
    const types = typesOf(schema, path);
    if (types === null) return this.#json.value;
    const rules = types.map((type) => this.#ofType(type, schema, path));
    return rules.length === 1 ? (rules[0] ?? '') : this.#writer.rule('types', rules.join(' | '));
  }

  #reference(schema: JsonObject, path: string): string {
    const { $ref, ...beside } = schema;
    const target = resolveReference(this.#root, $ref, `${path}.$ref`);
    const rest = withoutNotes(beside);
    if (Object.keys(rest).length > 0) return this.compile(mergeSchemas(target, rest, path), path);
    const pointer = String($ref);
    const known = this.#references.get(pointer);
    if (known !== undefined) return known;
    const name = this.#writer.reserve('ref');
    this.#references.set(pointer, name);
    this.#writer.define(name, this.compile(target, path));
    return name;
  }

  #mergeAll(schema: JsonObject, path: string): unknown {
    this.#enter(path);
    const { allOf, ...beside } = schema;
    let merged: unknown = beside;
    for (const [index, part] of schemaList(allOf, `${path}.allOf`, MAX_COMPOSITION).entries()) {
      merged = mergeSchemas(merged, this.#resolved(part, `${path}.allOf.${index}`), `${path}.allOf.${index}`);
    }
    this.#depth--;
    return merged;
  }

  /** A schema that is nothing but a reference, looked up. */
  #resolved(schema: unknown, path: string): unknown {
    let found = schema;
    for (let step = 0; isJsonObject(found) && found['$ref'] !== undefined; step++) {
      if (step > MAX_DEPTH) throw new SchemaProblem(path, 'its references lead in a circle');
      const { $ref, ...beside } = found;
      found = mergeSchemas(resolveReference(this.#root, $ref, `${path}.$ref`), withoutNotes(beside), path);
    }
    return isJsonObject(found) && found['allOf'] !== undefined ? this.#mergeAll(found, path) : found;
  }

  #choice(schema: JsonObject, keyword: 'anyOf' | 'oneOf', path: string): string {
    const { [keyword]: list, ...beside } = schema;
    const rest = withoutNotes(beside);
    const hasRest = Object.keys(rest).length > 0;
    const options = schemaList(list, `${path}.${keyword}`, MAX_COMPOSITION).map((option, index) =>
      hasRest
        ? mergeSchemas(this.#resolved(option, `${path}.${keyword}.${index}`), rest, `${path}.${keyword}.${index}`)
        : option,
    );
    const resolved = options.map((option, index) => this.#resolved(option, `${path}.${keyword}.${index}`));
    if (keyword === 'oneOf') {
      const problem = exclusiveProblem(resolved);
      if (problem !== null) throw new SchemaProblem(`${path}.oneOf`, problem);
    }
    const tag = findTag(resolved);
    if (tag !== null) return this.#tagged(tag.name, tag.options, `${path}.${keyword}`);
    const rules = options.map((option, index) => this.compile(option, `${path}.${keyword}.${index}`));
    return this.#writer.rule('choice', [...new Set(rules)].join(' | '));
  }

  /** Objects that tell which one they are by their first property: one beginning for all. */
  #tagged(name: string, options: readonly { value: string; schema: JsonObject }[], path: string): string {
    const { space } = this.#json;
    const choices = options.map(({ value, schema }, index) => ({
      text: JSON.stringify(value),
      then: `${this.#objectGrammar(schema, `${path}.${index}`).rest(1)} ${space} "}"`.trimStart(),
    }));
    return this.#writer.rule(
      'tagged',
      `"{" ${space} ${literal(`${JSON.stringify(name)}:`)} ${space} ${literalChoice(choices)}`,
    );
  }

  #values(schema: JsonObject, path: string): string {
    const { enum: list, const: only, type, ...beside } = schema;
    const [other] = Object.keys(withoutNotes(beside));
    if (other !== undefined)
      throw new SchemaProblem(`${path}.${other}`, 'it cannot be enforced together with "enum" or "const"');
    let values: readonly unknown[] = list === undefined ? [only] : schemaList(list, `${path}.enum`, MAX_ENUM);
    if (list !== undefined && only !== undefined) values = values.filter((value) => sameJson(value, only));
    if (type !== undefined) values = values.filter((value) => hasType(value, type));
    if (values.length === 0) throw new SchemaProblem(path, 'none of its values is of its type');
    const texts = [...new Set(values.map((value) => JSON.stringify(value)))];
    return this.#writer.rule('values', literalChoice(texts.map((text) => ({ text, then: '' }))));
  }

  #ofType(type: string, schema: JsonObject, path: string): string {
    switch (type) {
      case 'object':
        return this.#writer.rule('object', this.#objectGrammar(schema, path).object);
      case 'array':
        return this.#writer.rule('array', this.#arrayGrammar(schema, path));
      case 'string':
        return this.#writer.rule('string', stringGrammar(schema, path, this.#json));
      case 'integer':
        return this.#writer.rule('integer', integerGrammar(schema, path, this.#json));
      case 'number':
        return this.#writer.rule('number', numberGrammar(schema, path, this.#json));
      case 'boolean':
        return this.#json.boolean;
      default:
        return '"null"';
    }
  }

  #objectGrammar(schema: JsonObject, path: string): ObjectGrammar {
    const { properties: named = {}, required = [], additionalProperties, patternProperties = {} } = schema;
    if (!isJsonObject(named)) throw new SchemaProblem(`${path}.properties`, 'it must be an object');
    if (!isJsonObject(patternProperties) || Object.keys(patternProperties).length > 0)
      throw new SchemaProblem(`${path}.patternProperties`, 'this keyword cannot be enforced');
    const must = new Set(schemaList(required, `${path}.required`, Infinity, 0));
    const unnamed = [...must].filter((name) => !Object.hasOwn(named, String(name)));
    if (unnamed.length > 0 && additionalProperties === false)
      throw new SchemaProblem(`${path}.required`, 'it asks for a property that the schema does not allow');
    const entries = [
      ...Object.entries(named),
      ...unnamed.map((name) => [String(name), additionalProperties ?? true] as const),
    ];
    const properties = entries.map(([name, value]): Property => {
      // A property for which nothing is valid may only be absent, and is.
      if (value === false && !must.has(name)) return { name, value: '', isRequired: false };
      return { name, value: this.compile(value, `${path}.properties.${name}`), isRequired: must.has(name) };
    });
    const own = properties.filter(({ value }) => value !== '');
    checkPropertyCount(schema, own, path);
    const isOpen = additionalProperties !== false && (additionalProperties !== undefined || properties.length === 0);
    const additional = isOpen ? this.compile(additionalProperties ?? true, `${path}.additionalProperties`) : null;
    return new ObjectGrammar({ path, writer: this.#writer, space: this.#json.space, properties: own, additional });
  }

  #arrayGrammar(schema: JsonObject, path: string): string {
    const { items = true, prefixItems = [], minItems = 0, maxItems, uniqueItems = false } = schema;
    if (uniqueItems !== false) throw new SchemaProblem(`${path}.uniqueItems`, 'this keyword cannot be enforced');
    if (Array.isArray(items))
      throw new SchemaProblem(`${path}.items`, 'it must be one schema; name a list "prefixItems"');
    const prefix = schemaList(prefixItems, `${path}.prefixItems`, MAX_COMPOSITION, 0).map((item, index) =>
      this.compile(item, `${path}.prefixItems.${index}`),
    );
    const least = wholeNumber(minItems, `${path}.minItems`, MAX_ITEMS);
    const most = maxItems === undefined ? null : wholeNumber(maxItems, `${path}.maxItems`, MAX_ITEMS);
    const item = items === false ? null : this.compile(items, `${path}.items`);
    if ((most !== null && most < least) || (item === null && least > prefix.length))
      throw new SchemaProblem(`${path}.minItems`, 'it asks for more than the schema allows');
    return arrayGrammar({ space: this.#json.space, prefix, item, least, most });
  }
}

function withoutNotes(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(
    ([keyword]) => !ANNOTATIONS.has(keyword) && keyword !== '$defs' && keyword !== 'definitions',
  );
  return Object.fromEntries(kept);
}
