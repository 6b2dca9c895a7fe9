// What gateway and node speak with each other, as numbers, so that either may be a release ahead of the other. A release that raises
// the number goes on to speak the one before: who is ahead knows the other's language, never the other way round.
import * as z from 'zod';

/** Raised when the other side has to know of a change. What may be left out or ignored needs no new number. */
export const NODE_PROTOCOL_VERSION = 1;
/** The oldest that this release still speaks: that of the release before, or older. */
export const OLDEST_NODE_PROTOCOL_VERSION = 1;

/** How a side says what it speaks: everything from the oldest on. Absent: nothing older. */
export const protocolVersionSchema = z.int().min(1);

export type ProtocolRange = { newest: number; oldest: number | undefined };

export const OUR_PROTOCOL: ProtocolRange = { newest: NODE_PROTOCOL_VERSION, oldest: OLDEST_NODE_PROTOCOL_VERSION };

/** Null: the two understand each other. Else which of them is too old: `they` speak less than the least that we do, or `we`. */
export function whoIsTooOld(theirs: ProtocolRange, ours: ProtocolRange = OUR_PROTOCOL): 'they' | 'we' | null {
  if (theirs.newest < (ours.oldest ?? ours.newest)) return 'they';
  return ours.newest < (theirs.oldest ?? theirs.newest) ? 'we' : null;
}
