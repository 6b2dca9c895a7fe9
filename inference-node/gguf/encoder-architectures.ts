// Models that read a text as a whole, and make a vector of it: they write none.

/** Those of llama.cpp that keep no memory of what they have read. */
const ENCODERS: ReadonlySet<string> = new Set([
  'bert',
  'jina-bert-v2',
  'jina-bert-v3',
  'modern-bert',
  'neo-bert',
  'nomic-bert',
  'nomic-bert-moe',
  'eurobert',
  'gemma-embedding',
]);

export function isEncoder(architecture: string): boolean {
  return ENCODERS.has(architecture);
}
