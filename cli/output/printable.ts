// Texts that others chose, on their way to a terminal: without control characters, which could move its cursor or more.

/** The text with each control and format character replaced by U+FFFD. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}
