// Whatever happens to an account, in whatever order: no call passes that must not, none is refused that must pass (but for what a
// crash has taken along, and one block), and the sums are right.
import fc from 'fast-check';
import { it } from 'vitest';
import { commandArbitrary, limitsArbitrary } from './model/commands.ts';
import { Simulation } from './model/simulation.ts';

const RUNS = 60;
const MAX_COMMANDS = 40;

it('answers as a simple model does, and sums up exactly', async ({ expect }) => {
  const setup = fc.record({ user: limitsArbitrary, keys: fc.tuple(limitsArbitrary, limitsArbitrary) });
  const commands = fc.array(commandArbitrary, { maxLength: MAX_COMMANDS, size: 'max' });
  await fc.assert(
    fc.asyncProperty(setup, commands, async ({ user, keys }, sequence) => {
      const simulation = new Simulation(expect);
      try {
        await simulation.open(user, keys);
        for (const command of sequence) await simulation.run(command);
        await simulation.close();
      } finally {
        simulation.stop();
      }
    }),
    { numRuns: RUNS },
  );
});
