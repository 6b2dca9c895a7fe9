// How much memory this machine can still give to a model. A container's limit counts as the machine's; what the kernel would
// drop by itself (files that were read) counts as free.
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** The text of a file of the kernel; null when there is none. */
export type ReadText = (path: string) => string | null;

const CGROUP_ROOT = '/sys/fs/cgroup';
const BYTES_PER_KIB = 1024;

/** Bytes. */
export function availableMemory(read: ReadText = readText): number {
  if (platform() !== 'linux') return process.availableMemory();
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1];
  const machine = kib === undefined ? process.availableMemory() : Number(kib) * BYTES_PER_KIB;
  return Math.min(machine, ...cgroupRoom(read));
}

/** What each limit above this process leaves, of both versions of cgroups. */
function cgroupRoom(read: ReadText): number[] {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n');
  return groups.flatMap((line) => {
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (id === '0') return roomsAbove(path, CGROUP_ROOT, (folder) => roomOfVersion2(folder, read));
    if (controllers?.split(',').includes('memory') !== true) return [];
    return roomsAbove(path, join(CGROUP_ROOT, 'memory'), (folder) => roomOfVersion1(folder, read));
  });
}

/** From the group itself to the root. In a container its own path may not be mounted: its limits are then at the root. */
function roomsAbove(path: string, root: string, roomOf: (folder: string) => number | null): number[] {
  const rooms: number[] = [];
  for (let group = path; ; group = dirname(group)) {
    const room = roomOf(join(root, group));
    if (room !== null) rooms.push(room);
    if (group === '/' || group === '.') return rooms;
  }
}

function roomOfVersion2(folder: string, read: ReadText): number | null {
  const files = ['active_file', 'inactive_file'] as const;
  return roomOf(read, folder, { limit: 'memory.max', usage: 'memory.current', files });
}

function roomOfVersion1(folder: string, read: ReadText): number | null {
  const files = ['total_active_file', 'total_inactive_file'] as const;
  return roomOf(read, folder, { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', files });
}

function roomOf(
  read: ReadText,
  folder: string,
  names: { limit: string; usage: string; files: readonly string[] },
): number | null {
  // "max" is no number, and version 1 writes an impossible one: neither makes the room smaller.
  const limit = numberIn(read(join(folder, names.limit)));
  const usage = numberIn(read(join(folder, names.usage)));
  if (limit === null || usage === null) return null;
  const stat = read(join(folder, 'memory.stat')) ?? '';
  const droppable = names.files.reduce(
    (sum, name) => sum + Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0),
    0,
  );
  return Math.max(0, limit - Math.max(0, usage - droppable));
}

function numberIn(text: string | null): number | null {
  const digits = /^(\d+)\s*$/.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
