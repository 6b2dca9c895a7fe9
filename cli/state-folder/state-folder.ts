// Where everything lies that outlives a run: secrets, admin token, the gateway's storage, the node's journal. Mode 0700, so
// that nothing in it needs to be guarded twice. A folder with foreign files is refused, lest it be closed to their users.
import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CliFailure } from '../cli-failure.ts';

/** Used when no `--state` is given, relative to the working directory. */
export const DEFAULT_STATE_FOLDER = '.hearthkey';

const OWNER_ONLY_FOLDER = 0o700;
const PERMISSION_BITS = 0o777;

/** The names inside; all belong to this version's layout. */
const NAME = {
  lock: 'lock',
  gatewaySecrets: 'gateway-secrets.json',
  gatewayKeys: 'gateway-keys.json',
  adminToken: 'admin-token',
  run: 'run.json',
  deployment: 'deployment.json',
  gateway: 'gateway',
  storage: 'storage',
  restoring: 'restoring',
  node: 'node',
  models: 'models',
  modelsFile: 'models.toml',
  compileCache: 'compile-cache',
} as const;

/** Absolute paths of the folder and of what lies in it. */
export type StateFolder = { folder: string } & Readonly<Record<keyof typeof NAME, string>>;

/** The paths, without touching the disk. */
export function stateFolderPaths(folder: string): StateFolder {
  const root = resolve(folder);
  const inside = (name: string) => join(root, name);
  return {
    folder: root,
    lock: inside(NAME.lock),
    gatewaySecrets: inside(NAME.gatewaySecrets),
    gatewayKeys: inside(NAME.gatewayKeys),
    adminToken: inside(NAME.adminToken),
    run: inside(NAME.run),
    deployment: inside(NAME.deployment),
    gateway: inside(NAME.gateway),
    storage: inside(NAME.storage),
    restoring: inside(NAME.restoring),
    node: inside(NAME.node),
    models: inside(NAME.models),
    modelsFile: inside(NAME.modelsFile),
    compileCache: inside(NAME.compileCache),
  };
}

/** Makes the folder if need be, and closes it to others. Throws a `CliFailure` when it cannot be used. */
export async function openStateFolder(folder: string): Promise<StateFolder> {
  const paths = stateFolderPaths(folder);
  try {
    await mkdir(paths.folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const names = await readdir(paths.folder);
    const known: readonly string[] = Object.values(NAME);
    if (names.length > 0 && !names.some((name) => known.includes(name))) {
      throw new CliFailure(`${paths.folder} holds other files; name a new or empty folder with --state DIR.`);
    }
    const { mode } = await stat(paths.folder);
    if ((mode & PERMISSION_BITS) !== OWNER_ONLY_FOLDER) await chmod(paths.folder, OWNER_ONLY_FOLDER);
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CliFailure(`The state folder ${paths.folder} cannot be used (${why}); name another with --state DIR.`);
  }
  return paths;
}
