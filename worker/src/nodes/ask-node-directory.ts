// Questions to the NodeDirectory, in bounded time. One that cannot be reached stops nothing: the isolate then looks for itself.
import type {
  DirectoryQuestion,
  DirectorySnapshot,
  NodeObservation,
} from '../../../protocol/objects/node-directory.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { logEvent } from '../objects/log-event.ts';
import { withinTime } from '../objects/within-time.ts';
import { nodeDirectoryStub } from './node-directory-stub.ts';

/** A little longer than it waits for a silent node itself. */
const BUDGET_MS = 2_500;
/** After it could not be reached nobody waits for it for so long: longer than a look of the isolate's own takes. Milliseconds. */
const AWAY_MS = 5_000;

export type DirectoryAsker = Pick<GatewayCall, 'env' | 'config' | 'waitUntil'>;

/** When it could last not be reached, by the settings that it belongs to. */
const awayAt = new WeakMap<GatewayConfig, number>();

/** What it knows; null: it cannot be reached, or could not a moment ago. Never rejects. */
export async function readDirectory(
  { env, config }: DirectoryAsker,
  question: DirectoryQuestion,
): Promise<DirectorySnapshot | null> {
  if (steadyNow() - (awayAt.get(config) ?? -Infinity) < AWAY_MS) return null;
  try {
    return await withinTime(nodeDirectoryStub(env).snapshot(question), BUDGET_MS, 'the NodeDirectory');
  } catch (problem) {
    awayAt.set(config, steadyNow());
    logEvent('node_directory_unread', {}, problem);
    return null;
  }
}

/** Tells it something behind the call. What it does not hear costs other isolates a failed attempt. */
export function tellDirectory(
  { env, waitUntil }: Pick<DirectoryAsker, 'env' | 'waitUntil'>,
  tell: (directory: NodeObservation) => Promise<void>,
): void {
  const telling = async (): Promise<void> => {
    try {
      await withinTime(tell(nodeDirectoryStub(env)), BUDGET_MS, 'the NodeDirectory');
    } catch (problem) {
      logEvent('node_directory_untold', {}, problem);
    }
  };
  waitUntil(telling());
}
