// Comparison of secrets and digests whose duration does not tell where they differ.

/** True when both texts are the same. Takes a time that depends on the length of `a` alone. */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
