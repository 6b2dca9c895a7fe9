// The product's version, from package.json: one number for gateway, node and CLI.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const packageSchema = z.object({ version: z.string().max(64) });

export function productVersion(): string {
  const file = join(import.meta.dirname, '../../package.json');
  return packageSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
