// What should never happen goes to the console at once, as one JSON line.

/** Writes what should never happen: a bug, with its stack. Only the error's name and frames, since its message may quote data. */
export function writeBug(requestId: string, error: unknown): void {
  const stack =
    error instanceof Error ? `${error.name}\n${stackFrames(error)}` : 'a value that is not an Error was thrown';
  console.error(JSON.stringify({ time: new Date().toISOString(), event: 'bug', requestId, stack }));
}

function stackFrames(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .join('\n');
}
