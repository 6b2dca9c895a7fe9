// What an act changed, for the audit: of two descriptions of the same thing, the fields that differ.

type Description = Record<string, unknown>;

/** The fields of `before` and `after` that are not the same. Fields hold JSON. */
export function changedFields(before: Description, after: Description): { before: Description; after: Description } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  return { before: pick(before, names), after: pick(after, names) };
}

function pick(description: Description, names: readonly string[]): Description {
  return Object.fromEntries(names.filter((name) => name in description).map((name) => [name, description[name]]));
}
