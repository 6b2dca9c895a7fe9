// The processes that answer calls, as many as wanted, all on one port.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readExtraCertificates } from '../config/environment.ts';
import { callProcessConfig } from './call-process-config.ts';
import { CallProcess, type CallProcessOptions } from './call-process.ts';
import { listenFor } from './public-listener.ts';
import type { WranglerSettings } from './wrangler-settings.ts';

const CONFIG_FILE = 'calls.capnp';
const SCRIPT_FILE = 'calls.js';

export type CallProcessesOptions = {
  settings: Pick<WranglerSettings, 'compatibilityDate' | 'compatibilityFlags' | 'vars'>;
  /** The worker's bundled source: the entry of calls. */
  script: string;
  host: string;
  port: number;
  workers: number;
  nodeAddress: string | null;
  networks: readonly string[];
  vars: Readonly<Record<string, string>>;
  /** For configuration and source; has the sockets of the state. Exists. */
  folder: string;
  log: (line: string) => void;
};

export type CallProcesses = {
  /** Where clients reach them, without a slash at the end. */
  url: string;
  stop(deadlineMs: number): Promise<void>;
};

/** Resolves when all answer. Rejects with the system's error when nobody may listen there. */
export async function startCallProcesses(options: CallProcessesOptions): Promise<CallProcesses> {
  const { settings, folder, host, workers, log } = options;
  const variables = { ...settings.vars, ...options.vars };
  const config = callProcessConfig({
    ...settings,
    ...options,
    scriptFile: SCRIPT_FILE,
    variables: Object.keys(variables),
    certificates: readExtraCertificates(),
  });
  await Promise.all([
    writeFile(join(folder, SCRIPT_FILE), options.script),
    writeFile(join(folder, CONFIG_FILE), config),
  ]);
  let { port } = options;
  const start = (): Promise<CallProcess> => {
    const listen: CallProcessOptions['listen'] = async (take) => {
      port = await listenFor({ host, port, isShared: workers > 1 }, take);
    };
    return CallProcess.start({ config: CONFIG_FILE, variables, folder, listen, log });
  };
  // The first one finds the port for all.
  const first = await start();
  const others = await Promise.all(Array.from({ length: workers - 1 }, start));
  const processes = [first, ...others];
  return {
    url: `http://${hostOf(host)}:${port}`,
    stop: async (deadlineMs) => {
      await Promise.all(processes.map((process) => process.stop(deadlineMs)));
    },
  };
}

/** As a URL has it; an address that means all of them is reached by loopback. */
function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
