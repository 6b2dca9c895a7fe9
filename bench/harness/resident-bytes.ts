// Memory that a process and all its descendants hold, from Linux's /proc. What they share counts once for each.
import { readFileSync } from 'node:fs';

const BYTES_PER_KIB = 1024;

/** Resident bytes of the whole tree; null where there is no /proc. */
export function treeResidentBytes(root: number): number | null {
  if (process.platform !== 'linux') return null;
  let total = 0;
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      total += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * BYTES_PER_KIB;
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      if (children !== '') open.push(...children.split(' ').map(Number));
    } catch {
      // It ended while we looked.
    }
  }
  return total;
}
