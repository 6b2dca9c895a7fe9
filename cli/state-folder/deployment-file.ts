// Where the gateway of this state folder was put at the edge, so that other commands find it.
import * as z from 'zod';
import { parseJson } from '../../protocol/parse-json.ts';
import { readOptionalFile } from './read-optional-file.ts';
import type { StateFolder } from './state-folder.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

const deploymentSchema = z.object({ worker: z.string(), gateway: z.url() });

export type Deployment = z.infer<typeof deploymentSchema>;

/** The last one, or null. An unreadable file counts as none: it is only a hint. */
export async function readDeployment(state: StateFolder): Promise<Deployment | null> {
  const text = await readOptionalFile(state.deployment);
  return deploymentSchema.safeParse(parseJson(text)).data ?? null;
}

export async function writeDeployment(state: StateFolder, deployment: Deployment): Promise<void> {
  await writeFileAtomically(state.deployment, `${JSON.stringify(deployment)}\n`);
}
