// How a machine comes to have so much room: it has it, a model that nobody uses leaves, one that is busy is waited for, or never.
import { hasRoom, sumOf, type Room } from './memory-room.ts';

/** A model that may be taken out of memory when nobody uses it. */
type Removable = { held: Room; isIdle: boolean; usedAt: number };

export type WayToRoom<Place> = 'there' | { unload: Place } | 'wait' | 'never';

/** Of those that are idle the one goes that was used the longest ago; none where all of them together would not do. */
export function wayToRoom<Place extends Removable>(
  room: Room,
  needs: Room,
  removable: readonly Place[],
): WayToRoom<Place> {
  if (hasRoom(room, needs)) return 'there';
  const idle = removable.filter((place) => place.isIdle).toSorted((a, b) => a.usedAt - b.usedAt);
  const [victim] = idle;
  if (victim !== undefined && hasRoom(sumOf(room, ...idle.map(({ held }) => held)), needs)) return { unload: victim };
  return hasRoom(sumOf(room, ...removable.map(({ held }) => held)), needs) ? 'wait' : 'never';
}
