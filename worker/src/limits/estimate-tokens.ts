// How many tokens a text has, roughly: for what nobody has counted, or not yet.

/** English prose has some four; code and other languages have fewer. */
const CHARACTERS_PER_TOKEN = 3;

/** From the text's length alone. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
