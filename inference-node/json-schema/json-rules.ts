// JSON's own parts as rules. White space is bounded, and digits are: a model that is forced must not be able to go on for ever.
import type { GbnfWriter } from './gbnf-writer.ts';

/** A character of a string that stands for itself. */
export const PLAIN_CHARACTER = String.raw`[^"\\\x00-\x1F\x7F]`;
const HEX = '[0-9a-fA-F]';
/** Escapes of half a pair would parse, to what is no Unicode. */
const UNICODE_ESCAPE = String.raw`"u" ([0-9a-cA-CefEF] ${HEX}{3} | [dD] [0-7] ${HEX}{2} | [dD] [89abAB] ${HEX}{2} "\\u" [dD] [c-fC-F] ${HEX}{2})`;
const CHARACTER = String.raw`${PLAIN_CHARACTER} | "\\" (["\\/bfnrt] | ${UNICODE_ESCAPE})`;

export class JsonRules {
  readonly #writer: GbnfWriter;
  #value: string | null = null;

  constructor(writer: GbnfWriter) {
    this.#writer = writer;
  }

  /** What may stand between the parts of objects and arrays. */
  get space(): string {
    return this.#writer.rule('space', String.raw`| " " | "\n" [ \t]{0,20}`);
  }

  /** One character of a string, by Unicode's count. */
  get character(): string {
    return this.#writer.rule('char', CHARACTER);
  }

  /** A part of a string's inside, as a rule. */
  part(inside: string): string {
    return this.#writer.rule('part', inside);
  }

  get string(): string {
    return this.#writer.rule('string', `"\\"" ${this.character}* "\\""`);
  }

  get integer(): string {
    return this.#writer.rule('integer', '"-"? ("0" | [1-9] [0-9]{0,14})');
  }

  /** Within what a double holds exactly enough: never infinite. */
  get number(): string {
    return this.#writer.rule('number', `${this.integer} ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?`);
  }

  get boolean(): string {
    return this.#writer.rule('boolean', '"true" | "false"');
  }

  /** Any value at all. It and what it is made of hold each other, so its name is there first. */
  get value(): string {
    if (this.#value !== null) return this.#value;
    this.#value = this.#writer.reserve('value');
    const parts = [this.object, this.array, this.string, this.number, this.boolean, '"null"'];
    this.#writer.define(this.#value, parts.join(' | '));
    return this.#value;
  }

  get object(): string {
    const { value } = this;
    return this.#writer.rule('object', this.objectOf(`${this.string} ":" ${this.space} ${value}`));
  }

  get array(): string {
    return this.#writer.rule('array', this.arrayOf(this.value));
  }

  /** Any number of members. */
  objectOf(member: string): string {
    return `"{" ${this.space} (${member} ("," ${this.space} ${member})* ${this.space})? "}"`;
  }

  arrayOf(item: string): string {
    return `"[" ${this.space} (${item} ("," ${this.space} ${item})* ${this.space})? "]"`;
  }
}
