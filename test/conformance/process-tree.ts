// The processes below one process, from /proc: to kill exactly the part that a test means.
import { readdir, readFile } from 'node:fs/promises';

export type ProcessInfo = { pid: number; parent: number; command: string };

/** All descendants of a process, nearest first. */
export async function descendants(root: number): Promise<ProcessInfo[]> {
  const all = await listProcesses();
  const found: ProcessInfo[] = [];
  for (let parents = [root]; parents.length > 0;) {
    const children = all.filter((info) => parents.includes(info.parent));
    found.push(...children);
    parents = children.map((info) => info.pid);
  }
  return found;
}

/** The one descendant whose command line holds `part`. */
export async function descendant(root: number, part: string): Promise<ProcessInfo> {
  const [match] = (await descendants(root)).filter((info) => info.command.includes(part));
  if (match === undefined) throw new Error(`no process of ${root} has '${part}' in its command line`);
  return match;
}

/** Whether a process is there and not a zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const info = await readProcess(pid);
  return info !== null;
}

async function listProcesses(): Promise<ProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const infos = await Promise.all(pids.map((pid) => readProcess(pid)));
  return infos.filter((info) => info !== null);
}

async function readProcess(pid: number): Promise<ProcessInfo | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold anything; state and parent follow the last one.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X' || parent === undefined) return null;
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return null;
  }
}
