// Who is measured when: A B C, then C B A, and so on, so that a machine that grows slower or faster favours nobody.

/** Calls `measure` once per round and name, one after the other; resolves to the values by name, in order of rounds. */
export async function alternate<Value>(
  names: readonly string[],
  rounds: number,
  measure: (name: string, round: number) => Promise<Value>,
): Promise<Map<string, Value[]>> {
  const values = new Map<string, Value[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) values.get(name)?.push(await measure(name, round));
  }
  return values;
}
