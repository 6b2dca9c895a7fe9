// The answer to `POST /v1/embeddings` (https://platform.openai.com/docs/api-reference/embeddings/object), written piece by
// piece: as one text, the vectors of a large call are some hundred megabytes.

export type EmbeddingsAnswer = {
  model: string;
  vectors: readonly Float32Array[];
  promptTokens: number;
  encoding: 'float' | 'base64';
};

/** The JSON, one vector a chunk. */
export function embeddingsBody(answer: EmbeddingsAnswer): ReadableStream<Uint8Array> {
  const texts = writeEmbeddings(answer);
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = texts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

function* writeEmbeddings({ model, vectors, promptTokens, encoding }: EmbeddingsAnswer): Generator<string, void> {
  yield '{"object":"list","data":[';
  for (const [index, vector] of vectors.entries()) {
    const embedding = encoding === 'base64' ? toBase64(vector) : Array.from(vector);
    yield (index === 0 ? '' : ',') + JSON.stringify({ object: 'embedding', index, embedding });
  }
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
  yield `],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`;
}

/** Little-endian, as OpenAI's clients read it. */
function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}
