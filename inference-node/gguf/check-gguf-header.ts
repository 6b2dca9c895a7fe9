// What must hold of a header before llama.cpp may see the file. Chiefly what makes llama.cpp abort its process instead of
// refusing (seen), and a file that is shorter than its tensors. Everything else, such as an unknown
// architecture or a missing tensor, llama.cpp refuses by itself.
import { GGML_TYPES } from './ggml-types.ts';
import { isEncoder } from './encoder-architectures.ts';
import { isGgufArray, type GgufHeader, type GgufTensor, type GgufValue } from './gguf-header.ts';

/** llama.cpp's LLAMA_MAX_LAYERS: a model with more aborts. */
const MAX_BLOCKS = 512;
/** Parts of other models, and models that do not write a text from its beginning to its end. */
const NOT_GENERATIVE: ReadonlySet<string> = new Set([
  'clip',
  't5encoder',
  'wavtokenizer-dec',
  'dream',
  'llada',
  'llada-moe',
  'rnd1',
]);
/** GGUF's numbers for how one vector is made of those of all tokens, the last two for "not said": with another one llama.cpp aborts. */
const POOLING_TYPES: readonly GgufValue[] = [0, 1, 2, 3, 4, -1, 2 ** 32 - 1];
/** No vector: how well one text answers another. */
const POOLING_RANK = 4;
/** llama.cpp adds it as it is, which only works for this type. */
const TOKEN_TYPES_TENSOR = 'token_types.weight';
const F32_TYPE = 0;
/** Keys of models with a running state instead of, or beside, attention and feed-forward layers. */
const STATE_KEY = /^[^.]+\.(ssm|wkv|shortconv|kda)\./;

/** What is wrong with a header, as the end of a sentence that begins with the file; null: nothing. */
export function findHeaderProblem(header: GgufHeader): string | null {
  const architecture = header.metadata.get('general.architecture');
  if (typeof architecture !== 'string' || architecture === '') return 'does not say which architecture it has';
  if (NOT_GENERATIVE.has(architecture)) return `has the architecture ${architecture}, which cannot write text`;
  return (
    findDimensionProblem(header, architecture) ??
    findVocabularyProblem(header) ??
    findTensorProblem(header) ??
    findVectorProblem(header, architecture)
  );
}

function findVectorProblem({ metadata, tensors }: GgufHeader, architecture: string): string | null {
  const key = `${architecture}.pooling_type`;
  const pooling = metadata.get(key) ?? 0;
  if (!POOLING_TYPES.includes(pooling)) return `has no usable ${key}`;
  if (pooling === POOLING_RANK && isEncoder(architecture))
    return 'compares texts with each other, which nobody can ask for';
  const isUsable = tensors.every(({ name, type }) => name !== TOKEN_TYPES_TENSOR || type === F32_TYPE);
  return isUsable ? null : `has a ${TOKEN_TYPES_TENSOR} that is not f32`;
}

function findDimensionProblem({ metadata, tensors }: GgufHeader, architecture: string): string | null {
  const blocks = metadata.get(`${architecture}.block_count`);
  if (typeof blocks !== 'number' || !Number.isInteger(blocks) || blocks < 1 || blocks > MAX_BLOCKS) {
    return `does not say how many blocks it has (${architecture}.block_count must be from 1 to ${MAX_BLOCKS})`;
  }
  const present = countBlocks(tensors);
  if (!metadata.has('split.count') && present !== 0 && present < blocks) {
    return `says that it has ${blocks} blocks, but holds ${present}`;
  }
  const keys = [...metadata.keys()];
  if (keys.some((key) => STATE_KEY.test(key))) return null;
  const heads = `${architecture}.attention.head_count`;
  if (!isPositive(metadata.get(heads), blocks)) return `has no usable ${heads}`;
  const width = `${architecture}.feed_forward_length`;
  const hasExperts = metadata.has(`${architecture}.expert_feed_forward_length`);
  return hasExperts || isPositive(metadata.get(width), blocks) ? null : `has no usable ${width}`;
}

/** A positive number, or one number for each block of which some are positive. */
function isPositive(value: GgufValue | undefined, blocks: number): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0;
  if (!isGgufArray(value) || value.numbers === null) return false;
  return value.count >= blocks && value.numbers.some((number) => number > 0);
}

function countBlocks(tensors: readonly GgufTensor[]): number {
  const numbers = tensors
    .map(({ name }) => /^blk\.(\d{1,9})\./.exec(name)?.[1])
    .filter((digits) => digits !== undefined);
  return new Set(numbers).size;
}

function findVocabularyProblem({ metadata }: GgufHeader): string | null {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (!isGgufArray(tokens) || tokens.count === 0) return 'holds no vocabulary';
  if (tokens.distinct !== null && tokens.distinct < tokens.count) {
    return `has a damaged vocabulary: ${tokens.count - tokens.distinct} of its ${tokens.count} tokens occur twice`;
  }
  return null;
}

function findTensorProblem({ tensors, alignment, dataStart, fileBytes }: GgufHeader): string | null {
  if (tensors.length === 0) return 'holds no weights';
  let expected = 0;
  for (const { name, shape, type, offset } of tensors) {
    const shownName = JSON.stringify(name.slice(0, 64));
    if (offset !== expected) return `is damaged: its tensor ${shownName} is not where it should be`;
    const layout = GGML_TYPES[type];
    // llama.cpp knows its own types; of one that is unknown here, not even the place of the next tensor can be told.
    if (layout === undefined) return null;
    const [row = 0] = shape;
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements < 1 || !Number.isSafeInteger(elements) || row % layout.blockElements !== 0) {
      return `is damaged: its tensor ${shownName} has an impossible shape`;
    }
    const bytes = (elements / layout.blockElements) * layout.blockBytes;
    expected = Math.ceil((offset + bytes) / alignment) * alignment;
    if (dataStart + offset + bytes > fileBytes) {
      return `is truncated: it has ${fileBytes} bytes, and its tensors need more`;
    }
  }
  return null;
}
