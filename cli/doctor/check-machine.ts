// What serving needs of this machine: a Node.js that runs it, a state folder that is closed to others, room on its disk.
import { stat, statfs } from 'node:fs/promises';
import { passed, type Check } from '../../protocol/admin/check.ts';
import { formatBytes } from '../output/format-bytes.ts';
import { stateFolderPaths } from '../state-folder/state-folder.ts';

/** Less, and the log of calls and the gateway's storage soon have none. */
const LITTLE_BYTES = 1_000_000_000;
const OTHERS = 0o077;

/** The checks of the machine that this runs on. Never rejects. */
export async function checkMachine(state: string): Promise<Check[]> {
  const { folder } = stateFolderPaths(state);
  const node = passed('node.js', `version ${process.versions.node}`);
  try {
    const { mode } = await stat(folder);
    return [node, checkMode(folder, mode), await checkDisk(folder)];
  } catch {
    const detail = `there is no ${folder}`;
    const remedy = 'The first `hearthkey up` makes it; name another with --state DIR.';
    return [node, { name: 'state folder', outcome: 'warning', detail, remedy }];
  }
}

function checkMode(folder: string, mode: number): Check {
  const isClosed = (mode & OTHERS) === 0;
  if (isClosed) return passed('state folder', `${folder} is closed to others`);
  const remedy = `chmod 700 ${folder}`;
  return {
    name: 'state folder',
    outcome: 'failed',
    detail: `${folder}, with the secrets in it, is open to others`,
    remedy,
  };
}

async function checkDisk(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${formatBytes(free)} are free`;
  if (free >= LITTLE_BYTES) return passed('disk', detail);
  return {
    name: 'disk',
    outcome: 'warning',
    detail: `only ${detail}`,
    remedy: `Free some space on the disk of ${folder}.`,
  };
}
