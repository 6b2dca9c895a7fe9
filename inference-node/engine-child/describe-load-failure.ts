// Why llama.cpp did not load a model: a sentence for the operator, with the way out.

export function describeLoadFailure(path: string, error: unknown): string {
  const detail = error instanceof Error ? error.message : String(error);
  if (/memory|vram/i.test(detail)) {
    return (
      `${path} does not fit into memory (${detail}). Take a smaller model or quantisation, ` +
      'or a smaller context size or fewer sequences.'
    );
  }
  return `llama.cpp cannot load ${path} (${detail}). Take another GGUF file of this model.`;
}
