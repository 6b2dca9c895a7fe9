// Which TCP sockets a process listens on, from /proc: the sockets that it holds, among those of the machine that listen.
import { readdir, readFile, readlink } from 'node:fs/promises';

/** `TCP_LISTEN` in the tables of /proc/net. */
const LISTEN = '0A';

/** Local addresses, as the kernel writes them. */
export async function listeningSockets(pid: number): Promise<string[]> {
  const held = new Set(await heldSockets(pid));
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')));
  return tables.flatMap((table) =>
    table.split('\n').flatMap((row) => {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      return state === LISTEN && held.has(inode) ? [local] : [];
    }),
  );
}

async function heldSockets(pid: number): Promise<string[]> {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
