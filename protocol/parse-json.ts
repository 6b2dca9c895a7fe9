// JSON from outside, which may be none: what it is then is for whoever asked to say, most simply by a schema that takes no `undefined`.

/** The value of a JSON text; undefined when there is no text, or when it is not JSON (RFC 8259). Never throws. */
export function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
