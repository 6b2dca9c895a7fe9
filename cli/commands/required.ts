// Options that must be given. commander's own `requiredOption` is checked before unknown options, so that a typing error in a
// required option would be answered without the right spelling.
import type { Command } from 'commander';

/** The value, or a usage error that names the option. */
export function required<T>(command: Command, value: T | undefined, option: string): T {
  return value ?? command.error(`error: required option '${option}' not specified`);
}
