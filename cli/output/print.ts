// The one place that writes a command's result to stdout.

/** Prints `value` as JSON with `json`, else the text for people. */
export function print(json: boolean | undefined, value: unknown, text: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(value, null, 2)}\n` : text);
}
