// Sends one request over and over through some connections and says how fast the answers came. wrk when it is installed: it
// costs a few microseconds a request, so the client is never what is measured. Else Node's own client, and the results say so.
import { findProgram } from './find-program.ts';
import type { LoadGenerator } from './load-generator.ts';
import { nodeLoad } from './node-load.ts';
import { wrkLoad } from './wrk-load.ts';

/** The best one that is here. `folder`: for its files. */
export function chooseLoadGenerator(folder: string): LoadGenerator {
  const wrk = findProgram('wrk');
  return wrk === null ? nodeLoad() : wrkLoad(wrk, folder);
}
