// Log lines of the objects' own work (alarms, seeding), one JSON object each. Never a secret; errors by name and message of
// our own or of the platform.

/** Writes one line. `problem` is what was caught, when something failed. */
export function logEvent(event: string, fields: Record<string, string | number> = {}, problem?: unknown): void {
  const line = JSON.stringify({ event, ...fields, ...(problem === undefined ? {} : { problem: describe(problem) }) });
  if (problem === undefined) console.log(line);
  else console.warn(line);
}

function describe(problem: unknown): string {
  return problem instanceof Error ? `${problem.name}: ${problem.message}` : 'not an Error';
}
