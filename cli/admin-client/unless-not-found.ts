// For look-ups of what may not be there.
import { AdminFailure } from './admin-failure.ts';

/** The answer, or null when the gateway says that there is no such thing. */
export async function unlessNotFound<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AdminFailure && error.kind === 'not_found') return null;
    throw error;
  }
}
