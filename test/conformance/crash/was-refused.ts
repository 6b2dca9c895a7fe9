// Whether nobody listened: such a request was certainly not heard.

/** `error`: what `fetch` threw. */
export function wasRefused(error: TypeError): boolean {
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
