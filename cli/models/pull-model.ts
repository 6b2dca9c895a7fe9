// A download: the inference node's own program, with this terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../config/environment.ts';
import { PROJECT_FILES } from '../config/project-files.ts';

/** When a signal ended the download; by convention 128 plus SIGINT's number. */
const EXIT_INTERRUPTED = 130;

/** Runs the download and resolves with its exit code. */
export async function pullModel(model: string, folder: string, json: boolean): Promise<number> {
  const args = [PROJECT_FILES.pullEntryPoint, model, '--dir', folder, ...(json ? ['--json'] : [])];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: childEnvironment({}) });
  await once(child, 'exit');
  return child.exitCode ?? EXIT_INTERRUPTED;
}
