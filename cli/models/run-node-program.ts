// What is done with model files by the inference node's own programs, with this terminal: this side does not know what is in
// them, nor how they are fetched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../config/environment.ts';
import { PROJECT_FILES } from '../config/project-files.ts';

/** When a signal ended the program; by convention 128 plus SIGINT's number. */
const EXIT_INTERRUPTED = 130;

/** Runs a download and resolves with its exit code. */
export function pullModel(model: string, folder: string, json: boolean): Promise<number> {
  return run(PROJECT_FILES.pullEntryPoint, [model, '--dir', folder, ...(json ? ['--json'] : [])]);
}

export type ModelFilesWish = {
  command: 'show' | 'verify';
  model: string | undefined;
  folder: string;
  flags: readonly string[];
};

/** Shows or verifies models, and resolves with the exit code. */
export function runModelFiles({ command, model, folder, flags }: ModelFilesWish): Promise<number> {
  // `--` last: a name may begin with a hyphen.
  const names = model === undefined ? [] : ['--', model];
  return run(PROJECT_FILES.modelFilesEntryPoint, [command, '--dir', folder, ...flags, ...names]);
}

async function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit', env: childEnvironment({}) });
  await once(child, 'exit');
  return child.exitCode ?? EXIT_INTERRUPTED;
}
