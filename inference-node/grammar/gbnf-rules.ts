// A grammar as its rules: what llama.cpp makes of a GBNF text, with every group and repetition a rule of its own.
import type { CodePoints } from './code-points.ts';

export type GbnfElement = { type: 'characters'; set: CodePoints } | { type: 'rule'; name: string };
export type GbnfAlternative = readonly GbnfElement[];

/** By name. Rules of groups and repetitions have a name with an underscore, which no text can have. */
export type GbnfRules = ReadonlyMap<string, readonly GbnfAlternative[]>;

/** Where a grammar begins. */
export const ROOT_RULE = 'root';
