// What the launcher of workerd (`launch-workerd`) is told, by variables of its environment.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as z from 'zod';

/** Stands in for workerd, and becomes it. */
export const LAUNCHER = join(import.meta.dirname, 'launch-workerd');

export type LauncherOptions = {
  /** Where the process is started; an absolute path. */
  folder: string;
  /** Where its pid is kept, a name in the folder; absent: nowhere. */
  pidFile?: string;
  /** Names in the folder of the sockets that it makes. */
  sockets?: readonly string[];
};

/** The environment's variables; every one is there, for what was meant for one process must not reach another. */
export function launcherVariables({ folder, pidFile = '', sockets = [] }: LauncherOptions): Record<string, string> {
  return {
    HEARTHKEY_WORKERD: workerdPath(),
    HEARTHKEY_HOST_PID: String(process.pid),
    HEARTHKEY_WORKERD_FOLDER: folder,
    HEARTHKEY_WORKERD_PID_FILE: pidFile,
    HEARTHKEY_WORKERD_SOCKETS: sockets.join(' '),
  };
}

/** The binary of the workerd package that miniflare depends on. */
function workerdPath(): string {
  const requireFromMiniflare = createRequire(import.meta.resolve('miniflare'));
  return z.object({ default: z.string() }).parse(requireFromMiniflare('workerd')).default;
}
