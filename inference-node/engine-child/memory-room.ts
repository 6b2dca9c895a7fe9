// Memory of the machine and of its GPU, as models take it and leave it.
import { DEFAULT_SEQUENCES, type ModelOptions } from '../engine/engine-options.ts';

/** Bytes. */
export type Room = { ram: number; gpu: number };

export const NO_ROOM: Room = { ram: 0, gpu: 0 };

const MIB = 1_048_576;

export function hasRoom(room: Room, needs: Room): boolean {
  return needs.ram <= Math.max(0, room.ram) && needs.gpu <= Math.max(0, room.gpu);
}

export function sumOf(...rooms: readonly Room[]): Room {
  return rooms.reduce((sum, { ram, gpu }) => ({ ram: sum.ram + ram, gpu: sum.gpu + gpu }), NO_ROOM);
}

/** What is left when some is taken; below 0 when more is. */
export function leftOf(room: Room, ...taken: readonly Room[]): Room {
  const all = sumOf(...taken);
  return { ram: room.ram - all.ram, gpu: room.gpu - all.gpu };
}

/** Why a model is not loaded, or not given more memory for a purpose, and what to change: a sentence for the operator. */
export function describeShortage(
  { path, sequences = DEFAULT_SEQUENCES }: ModelOptions,
  needs: Room,
  room: Room,
  purpose?: string,
): string {
  const [needed, left, where] =
    needs.ram > room.ram ? [needs.ram, room.ram, 'memory'] : [needs.gpu, room.gpu, "the GPU's memory"];
  const amount = `${Math.ceil(needed / MIB)} MiB ${purpose === undefined ? 'of' : 'more of'} ${where}`;
  return (
    `${path} needs ${amount} for ${purpose ?? `${sequences} calls at once`}, and ` +
    `${Math.max(0, Math.floor(left / MIB))} MiB are available: lower context_size or sequences, take a smaller model or ` +
    'quantisation, end other programs, or raise memory_limit where one is set (none: nothing is checked).'
  );
}
