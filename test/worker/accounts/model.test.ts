// Whatever happens to an account, in whatever order: no call passes that must not, none is refused that must pass (but for what a
// crash has taken along, and one block), and the sums are right.
import fc from 'fast-check';
import { it } from 'vitest';
import { commandArbitrary, limitChoices } from './model/commands.ts';
import { Simulation } from './model/simulation.ts';

const RUNS = 30;
const MAX_COMMANDS = 40;
/** On a busy machine fewer runs have to do. Of a failure it is the time in which a shorter one is looked for. */
const TIME_LIMIT_MS = 60_000;

it('answers as a simple model does, and sums up exactly', async ({ expect }) => {
  const commands = fc.array(commandArbitrary, { maxLength: MAX_COMMANDS, size: 'max' });
  await fc.assert(
    fc.asyncProperty(limitChoices, commands, async (limits, sequence) => {
      const simulation = new Simulation(expect);
      try {
        await simulation.open(limits);
        for (const command of sequence) await simulation.run(command);
        await simulation.close();
      } finally {
        simulation.stop();
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
  );
});
