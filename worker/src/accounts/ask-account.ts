// One question to an Account object on a call's way, in bounded time. An object that cannot be reached means no.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { withinTime } from '../objects/within-time.ts';

/** The object answers from memory and its own disk within milliseconds: this long is an outage, and a caller may retry. */
const ACCOUNT_LIMIT_MS = 5_000;

/** Asks. Throws `ApiError('state_unavailable')` when the account cannot be reached in time. `ask` takes a fresh stub each time. */
export async function askAccount<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await withinTime(askTwice(ask), ACCOUNT_LIMIT_MS, 'the account');
  } catch (problem) {
    const reason = problem instanceof Error ? `account: ${problem.name}: ${problem.message}` : 'account: not an Error';
    throw new ApiError('state_unavailable', { reason });
  }
}

/** An object that restarts under a call is asked once more: calls have ids, so asking twice does no harm. */
async function askTwice<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (problem) {
    if (!isWorthAskingAgain(problem)) throw problem;
    return ask();
  }
}

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isWorthAskingAgain(problem: unknown): boolean {
  if (!(problem instanceof Error)) return false;
  const retryable = 'retryable' in problem && problem.retryable === true;
  const overloaded = 'overloaded' in problem && problem.overloaded === true;
  return retryable && !overloaded;
}
