// Every text within a JSON value, the names of its members included: what of a request reaches a template, and so the model.

/** The texts, in no certain order. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    Array.isArray(value) ? textsIn(inner) : [name, ...textsIn(inner)],
  );
}

/** The same value with every text replaced, but for the names that the contract itself gives to members. */
export function mapTexts<T>(value: T, replace: (text: string) => string): T {
  // The shape stays: only texts change, and names of a client's making.
  return mapAny(value, replace) as T;
}

function mapAny(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((inner: unknown) => mapAny(inner, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [replace(name), mapAny(inner, replace)]));
}
