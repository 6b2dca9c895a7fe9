// CPU time of a process and all its descendants, from Linux's /proc. On a machine that others use too it is the steadier figure:
// waiting for a core does not count. A child that ended and was not yet counted by its parent is lost: peers keep theirs.
import { readdirSync, readFileSync } from 'node:fs';

/** Fields of /proc/PID/stat after the command's name, counted from 0 (proc_pid_stat(5): state is field 3). */
const FIELD = { parent: 1, user: 11, system: 12 } as const;
/** USER_HZ is 100 on every Linux that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

type ProcessTimes = { parent: number; microseconds: number };

/** Microseconds of user and system time of the whole tree so far; null where there is no /proc. */
export function treeCpuMicroseconds(root: number): number | null {
  if (process.platform !== 'linux') return null;
  const processes = readProcesses();
  let total = 0;
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    total += processes.get(pid)?.microseconds ?? 0;
    for (const [child, { parent }] of processes) if (parent === pid) open.push(child);
  }
  return total;
}

function readProcesses(): Map<number, ProcessTimes> {
  const processes = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = readTimes(name);
    if (times !== null) processes.set(Number(name), times);
  }
  return processes;
}

function readTimes(pid: string): ProcessTimes | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[FIELD.user]) + Number(fields[FIELD.system]);
    return { parent: Number(fields[FIELD.parent]), microseconds: ticks * MICROSECONDS_PER_TICK };
  } catch {
    // It ended while we looked.
    return null;
  }
}
