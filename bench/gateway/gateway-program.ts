// `hearthkey up` as a program of the benchmark, without a node of its own: the mock upstream stands in its place.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { stateFolderPaths } from '../../cli/state-folder/state-folder.ts';
import { ChildProgram } from '../harness/child-program.ts';
import type { AdminAccess } from './peer.ts';

const COMMAND = join(import.meta.dirname, '../../cli/hearthkey.ts');
const announcementSchema = z.object({ gateway: z.url() });

/** `node`: the port where it answers, or the name under which it dials in. */
export type GatewayProgramOptions = {
  folder: string;
  state: string;
  node: { port: string } | { link: string };
  workers?: number;
};

export class GatewayProgram implements AsyncDisposable {
  readonly origin: string;
  readonly admin: AdminAccess;
  readonly #program: ChildProgram;

  private constructor(program: ChildProgram, origin: string, token: string) {
    this.#program = program;
    this.origin = origin;
    this.admin = { origin, token };
  }

  /** Resolves when it answers. */
  static async start({ folder, state, node, workers = 1 }: GatewayProgramOptions): Promise<GatewayProgram> {
    const where = 'link' in node ? ['--link', node.link] : ['--no-node', '--node-port', node.port];
    const args = ['up', '--json', '--port', '0', '--workers', String(workers), ...where, '--state', state];
    const name = 'hearthkey';
    // Of an earlier start in the same folder nothing is to be read.
    const log = join(folder, `${name}.log`);
    const before = (await readFile(log, 'utf8').catch(() => '')).length;
    const program = new ChildProgram({ name, command: process.execPath, args: [COMMAND, ...args], folder });
    const { gateway } = await program.until(async () => {
      const line = /^\{"gateway".*\}$/m.exec((await readFile(log, 'utf8')).slice(before))?.[0];
      return line === undefined ? null : announcementSchema.parse(JSON.parse(line));
    });
    const token = (await readFile(stateFolderPaths(state).adminToken, 'utf8')).trim();
    return new GatewayProgram(program, gateway, token);
  }

  /** Root of its process tree. */
  get pid(): number {
    return this.#program.pid;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}
