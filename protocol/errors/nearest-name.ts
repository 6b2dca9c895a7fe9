// The name that somebody most likely meant: for unknown fields.
import { editDistance } from '../edit-distance.ts';

/** A letter too many, too few or wrong, or two neighbours exchanged: two such, and no more. */
const MAX_DISTANCE = 2;
/** Longer names are nobody's slip. */
const MAX_NAME_LENGTH = 64;

/** The nearest of `known`; null: none is near. Other case and other separators (`maxTokens`) count as no difference. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > MAX_NAME_LENGTH) return null;
  let nearest: string | null = null;
  // A name that would have to be changed in every letter is not meant.
  let least = Math.min(MAX_DISTANCE + 1, name.length);
  for (const candidate of known) {
    const distance = editDistance(bareLetters(name), bareLetters(candidate));
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

function bareLetters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
