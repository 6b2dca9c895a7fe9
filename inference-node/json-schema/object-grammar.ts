// Objects: their properties in the order of the schema, optional ones there or not, then others where the schema allows them. What
// may come next is a tree of names, so that llama.cpp knows at every character which property it is in.
import { literal, oneOf, type GbnfWriter } from './gbnf-writer.ts';
import { PLAIN_CHARACTER } from './json-rules.ts';
import { literalChoice, type Choice } from './literal-choice.ts';
import { SchemaProblem } from './schema-problem.ts';

/** What may be next grows with the square of the optional properties: some 60 of them. */
const MAX_CHOICES = 2_000;

export type Property = { name: string; /** The rule of its value. */ value: string; isRequired: boolean };

export type ObjectGrammarOptions = {
  /** Where in the schema it is. */
  path: string;
  writer: GbnfWriter;
  /** The rule of white space. */
  space: string;
  properties: readonly Property[];
  /** The rule of the value of any other property; null: there are none. */
  additional: string | null;
};

export class ObjectGrammar {
  readonly #options: ObjectGrammarOptions;
  /** By how many properties are passed by. */
  readonly #rests = new Map<number, string>();

  /** Throws a `SchemaProblem` when too many properties may be there or not. */
  constructor(options: ObjectGrammarOptions) {
    this.#options = options;
    const choices = options.properties.reduce((sum, _, from) => sum + this.#reachable(from).length, 0);
    if (choices > MAX_CHOICES)
      throw new SchemaProblem(
        `${options.path}.properties`,
        'too many of them are optional; name more of them in "required"',
      );
  }

  /** The whole object. */
  get object(): string {
    const { space } = this.#options;
    const first = this.#next(0);
    if (first === '') return `"{" ${space} "}"`;
    const members = this.#canEnd(0) ? `(${first} ${space})?` : `${first} ${space}`;
    return `"{" ${space} ${members} "}"`;
  }

  /** What may follow a member in front of the property number `from`, up to the end of the members. */
  rest(from: number): string {
    const known = this.#rests.get(from);
    if (known !== undefined) return known;
    const rest = this.#writeRest(from);
    const name = rest === '' ? '' : this.#options.writer.rule('rest', rest);
    this.#rests.set(from, name);
    return name;
  }

  #writeRest(from: number): string {
    const next = this.#next(from);
    if (next === '') return '';
    const member = `"," ${this.#options.space} ${next}`;
    return this.#canEnd(from) ? `(${member})?` : member;
  }

  /** The next member and all after it; empty when there can be none. */
  #next(from: number): string {
    const { space, properties } = this.#options;
    const choices = this.#reachable(from).map((index): Choice => {
      const property = properties[index];
      return { text: nameText(property), then: `${space} ${property?.value ?? ''} ${this.rest(index + 1)}`.trimEnd() };
    });
    const others = this.#canEnd(from) ? this.#others() : '';
    if (choices.length === 0) return others;
    return others === '' ? literalChoice(choices) : oneOf([literalChoice(choices), others]);
  }

  /** Members that the schema does not name, the first without a comma. */
  #others(): string {
    const { additional, space, writer, properties } = this.#options;
    if (additional === null) return '';
    const key = writer.rule('key', `"\\"" ${otherThan(properties.map(({ name }) => name))} "\\""`);
    const member = `${key} ":" ${space} ${additional}`;
    return `${member} ("," ${space} ${member})*`;
  }

  /** The properties that may be the next one: up to the first that must. */
  #reachable(from: number): number[] {
    const indexes: number[] = [];
    for (const [offset, { isRequired }] of this.#options.properties.slice(from).entries()) {
      indexes.push(from + offset);
      if (isRequired) break;
    }
    return indexes;
  }

  #canEnd(from: number): boolean {
    return this.#options.properties.slice(from).every(({ isRequired }) => !isRequired);
  }
}

function nameText(property: Property | undefined): string {
  return `${JSON.stringify(property?.name ?? '')}:`;
}

/** Texts of plain characters that are none of the names. */
function otherThan(names: readonly string[]): string {
  const byCharacter = new Map<string, string[]>();
  for (const name of names) {
    const [character] = name;
    if (character === undefined || /["\\\p{Cc}]/u.test(name)) continue;
    byCharacter.set(character, [...(byCharacter.get(character) ?? []), name.slice(character.length)]);
  }
  if (byCharacter.size === 0) return names.includes('') ? `${PLAIN_CHARACTER}+` : `${PLAIN_CHARACTER}*`;
  const taken = [...byCharacter.keys()].map(escapeInClass).join('');
  const alternatives = [`${PLAIN_CHARACTER.slice(0, -1)}${taken}] ${PLAIN_CHARACTER}*`];
  for (const [character, rests] of byCharacter) alternatives.push(`${literal(character)} ${otherThan(rests)}`);
  if (!names.includes('')) alternatives.push('""');
  return oneOf(alternatives);
}

function escapeInClass(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}
