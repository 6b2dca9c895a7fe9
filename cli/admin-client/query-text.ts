// Query strings of the admin API.

export type QueryValue = string | number | boolean | undefined;

/** `?name=value&…` of what is defined, or nothing. */
export function queryText(values: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
