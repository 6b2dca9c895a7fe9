// What a search looks in and for: lower case, so that case does not matter, in every script that has one.

/** One text of all that can be searched for. Absent parts are left out. */
export function searchText(...parts: readonly (string | null)[]): string {
  return foldCase(parts.filter((part) => part !== null).join('\n'));
}

/** A search in the same form. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}
