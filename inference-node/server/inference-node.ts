// The node put together: journal, engine, HTTP server; how it starts and how it ends. The process around it (signals, flags,
// exit codes) is main.ts's.
import { randomUUID } from 'node:crypto';
import { GatewayKeys } from '../call-auth/gateway-keys.ts';
import { createCallVerifier } from '../call-auth/verify-call.ts';
import { ReplayGuard } from '../call-auth/replay-guard.ts';
import type { NodeConfig } from '../config/node-config.ts';
import type { Engine } from '../engine/engine.ts';
import { CallJournal } from '../journal/call-journal.ts';
import { acquireStateLock } from '../journal/state-lock.ts';
import { GatewayLink } from '../link/gateway-link.ts';
import { connectLocally } from '../link/local-connector.ts';
import { createNodeMetrics } from '../metrics/node-metrics.ts';
import type { Logger } from './logger.ts';
import { createNodeApp } from './node-app.ts';
import { startHttpServer, type NodeHttpServer } from './node-http-server.ts';
import type { PreparedEntry } from './prepare-entry.ts';
import { RunningCalls } from './running-calls.ts';
import { StartFailure } from './start-failure.ts';

/** After the deadline of a drain: for error events to reach their readers, and for connections to close, each. */
const CLOSING_GRACE_MS = 1_000;
/** After the last answer of a drain: gateways ask how a stream ended before they close their client's. Milliseconds. */
const LAST_QUESTION_MS = 500;

export type InferenceNodeOptions = {
  config: Pick<NodeConfig, 'stateDirectory' | 'maxBodyBytes' | 'callTimeoutMs'>;
  entry: PreparedEntry;
  engine: Engine;
  version: string;
  log: Logger;
  /** The node's link has ended for good: nobody can reach it any more. */
  onLinkEnded?: (problem: string) => void;
};

export type InferenceNode = {
  /** Null: it listens nowhere, calls come over its link. */
  url: string | null;
  bootId: string;
  /**
   * Takes no new calls, lets running ones end for at most `deadlineMs`, ends the rest with an error, and closes everything
   * (the engine too). A second call with an earlier deadline replaces the first's. Resolves when all is closed.
   */
  drain: (deadlineMs: number) => Promise<void>;
};

/** Starts to listen, or to dial. Throws a `StartFailure` for a state folder or port that is taken; the engine is then the caller's. */
export async function startInferenceNode(options: InferenceNodeOptions): Promise<InferenceNode> {
  const { config, entry, engine, version, log } = options;
  const lock = acquireStateLock(config.stateDirectory);
  if (lock === null) {
    throw new StartFailure(
      `Another node uses the state folder '${config.stateDirectory}'; stop it, or give this one its own --state DIR.`,
    );
  }
  const journal = new CallJournal(config.stateDirectory, {
    onProblem: (problem) => {
      log('error', 'journal_problem', { problem });
    },
  });
  if (journal.interrupted > 0) log('warn', 'calls_interrupted', { count: journal.interrupted });
  const calls = new RunningCalls(config.callTimeoutMs);
  const bootId = randomUUID();
  const app = createNodeApp({
    engine,
    journal,
    calls,
    log,
    bootId,
    version,
    nodeId: entry.nodeId,
    maxBodyBytes: config.maxBodyBytes,
    verifyCall: createCallVerifier({
      keys: watchKeys(entry, log),
      nodeId: entry.nodeId,
      bootId,
      replayGuard: new ReplayGuard(),
    }),
    metrics: metricsOf(engine, calls, journal),
  });
  let server: NodeHttpServer;
  try {
    server = await startHttpServer(app, { address: entry.kind === 'address' ? entry : null, bootId });
  } catch (error) {
    await journal.close();
    lock.release();
    throw entry.kind === 'address' ? describeListenError(error, entry) : error;
  }
  const link = openLink(options, server);
  const close = async () => {
    await link?.close(CLOSING_GRACE_MS);
    await server.close(CLOSING_GRACE_MS);
    await engine.close();
    await journal.close();
    lock.release();
  };
  return { url: server.url, bootId, drain: createDrain(calls, close, log) };
}

function metricsOf(engine: Engine, calls: RunningCalls, journal: CallJournal) {
  return createNodeMetrics({
    models: () => engine.models(),
    modelStats: () => engine.stats().models,
    engineRestarts: () => engine.stats().restarts,
    ready: () => engine.state === 'ready' && !calls.draining,
    openCalls: () => calls.count,
    journalRecords: () => journal.size,
    journalDropped: () => journal.dropped,
  });
}

/** Null: the node listens. */
function openLink({ config, entry, log, onLinkEnded }: InferenceNodeOptions, { server }: NodeHttpServer) {
  if (entry.kind === 'address') return null;
  return new GatewayLink({
    target: entry.target,
    nodeId: entry.nodeId,
    keys: entry.keySource,
    windowMs: entry.windowMs,
    connect: connectLocally(server),
    maxBodyBytes: config.maxBodyBytes,
    log,
    onFinalFailure: (problem) => onLinkEnded?.(problem),
  });
}

function watchKeys({ gatewayKeys, keySource }: PreparedEntry, log: Logger): GatewayKeys {
  return new GatewayKeys({
    keySet: gatewayKeys,
    source: keySource,
    onChange: (kids) => {
      log('info', 'gateway_keys_changed', { kids: kids.join(' ') });
    },
    onProblem: (problem) => {
      log('error', 'gateway_keys_unusable', { problem });
    },
  });
}

function createDrain(calls: RunningCalls, close: () => Promise<void>, log: Logger): InferenceNode['drain'] {
  let closing: Promise<void> | null = null;
  let deadlineAt = Infinity;
  let timer: NodeJS.Timeout | undefined;
  const deadline = Promise.withResolvers<undefined>();
  const run = async () => {
    const hadCalls = calls.count > 0;
    calls.stopAdmitting();
    await Promise.race([calls.idle, deadline.promise]);
    clearTimeout(timer);
    if (hadCalls && calls.count === 0) await sleep(LAST_QUESTION_MS);
    if (calls.count > 0) {
      log('warn', 'drain_deadline', { calls: calls.count });
      calls.stopAll();
      await Promise.race([calls.idle, sleep(CLOSING_GRACE_MS)]);
    }
    await close();
  };
  return function drain(deadlineMs) {
    if (performance.now() + deadlineMs < deadlineAt) {
      deadlineAt = performance.now() + deadlineMs;
      clearTimeout(timer);
      timer = setTimeout(() => {
        deadline.resolve(undefined);
      }, deadlineMs);
      log('info', 'draining', { deadlineMs, calls: calls.count });
    }
    closing ??= run();
    return closing;
  };
}

async function sleep(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

function describeListenError(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new StartFailure(
        `Port ${port} on ${host} is in use; stop what uses it, or give --port N (0: any free one).`,
      );
    case 'EACCES':
      return new StartFailure(`Port ${port} on ${host} is not allowed; give --port N of 1024 or more.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartFailure(`'${host}' is not an address of this machine; give --host 127.0.0.1 or one that is.`);
    default:
      return error;
  }
}
