// How much two texts have in common at their beginning.
import type { Token } from '../llama-cpp/loaded-model.ts';

/** The number of tokens with which both begin. */
export function commonPrefix(a: readonly Token[], b: readonly Token[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}
