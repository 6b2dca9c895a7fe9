// The gateway on this machine: one process that has the state, and those that answer clients, each a workerd. Clients reach the worker's
// own socket and the worker the node as an external service, so that no JavaScript but the worker's is on the path of a call.
import { mkdir } from 'node:fs/promises';
import { CliFailure } from '../cli-failure.ts';
import type { GatewayScripts } from './bundle-gateway.ts';
import { startCallProcesses, type CallProcesses } from './call-processes.ts';
import { startStateProcess, type StateProcessOptions } from './state-process.ts';

/** What the state may take at least to write down what the last answers cost, in milliseconds. */
const STATE_STOP_MS = 1_000;

export type GatewayHostOptions = Omit<StateProcessOptions, 'script'> & {
  scripts: GatewayScripts;
  /** Address to listen on, and port; 0: any free one. */
  host: string;
  port: number;
  /** How many processes answer calls. */
  workers: number;
};

export type GatewayHost = {
  /** Where clients reach it, without a slash at the end. */
  url: string;
  /** Lets the links of nodes end with their calls, and takes no others: without this, `stop` waits for them in vain. Never rejects. */
  retireLinks(): Promise<void>;
  /** Lets answers under way end for at most `deadlineMs`, then ends all. */
  stop(deadlineMs: number): Promise<void>;
};

/** Starts the gateway and resolves when it answers. Throws a `CliFailure` when its port has just been taken. */
export async function startGatewayHost(options: GatewayHostOptions): Promise<GatewayHost> {
  await mkdir(options.folder, { recursive: true });
  const { scripts } = options;
  const [state, calls] = await Promise.all([
    startStateProcess({ ...options, script: scripts.state }),
    startCallProcesses({ ...options, script: scripts.calls }).catch((error: unknown) => {
      throw describe(error, options.port);
    }),
  ]);
  return {
    url: calls.url,
    retireLinks: () => state.retireLinks(),
    stop: (deadlineMs) => stopBoth(calls, state, deadlineMs),
  };
}

/** Answers under way need the state to their end. */
async function stopBoth(calls: CallProcesses, state: { stop(deadlineMs: number): Promise<void> }, deadlineMs: number) {
  const deadline = performance.now() + deadlineMs;
  await calls.stop(deadlineMs);
  await state.stop(Math.max(STATE_STOP_MS, deadline - performance.now()));
}

function describe(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new CliFailure(`Port ${port} is in use; choose another with --port N.`);
  // Where sockets cannot share a port.
  if (code === 'ENOTSUP') return new CliFailure('This system runs one --workers only.');
  return error;
}
