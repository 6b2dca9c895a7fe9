// What names a node: signed calls are made out to it, a node token is one node's, and the settings of gateway and node hold it.
import * as z from 'zod';

export const nodeIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a node id has at most 128 letters, digits and . _ -');
