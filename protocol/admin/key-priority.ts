// How urgent the calls of a key are: whose turn it is where calls wait for the model.
import * as z from 'zod';

export const KEY_PRIORITIES = ['low', 'normal', 'high'] as const;

/** Of two calls that wait, the more urgent one begins first; but none waits for ever. */
export const keyPrioritySchema = z.enum(KEY_PRIORITIES);
export type KeyPriority = z.infer<typeof keyPrioritySchema>;

/** Of a key for which nothing else was said. */
export const DEFAULT_PRIORITY: KeyPriority = 'normal';
