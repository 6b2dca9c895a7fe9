// Builds the worker exactly as `wrangler deploy` would, offline and without deploying, and fails when something that belongs to
// the inference node or to Node.js reached the bundle, or when the bundle outgrows what the free edge plan takes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Strings that only Node.js code or the node's vendors would bring. */
const FORBIDDEN = [
  'node-llama-cpp',
  'node:fs',
  'node:child_process',
  'node:http',
  'node:crypto',
  'prom-client',
  '@hono/node-server',
  'process.exit',
];
/**
 * The free plan's limit is 3 MB compressed; a start-up of milliseconds needs far less. One `import { z } from 'zod'` in the place of
 * `* as z` brings the texts of all of zod's languages, and is more than this.
 */
const MAX_COMPRESSED_BYTES = 256 * 1024;
/** Keeps wrangler from looking anything up. */
const OFFLINE = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
};

const folder = mkdtempSync(join(tmpdir(), 'hearthkey-bundle-'));
try {
  const build = spawnSync('wrangler', ['deploy', '--dry-run', '--outdir', folder], {
    encoding: 'utf8',
    env: { ...process.env, ...OFFLINE },
  });
  if (build.status !== 0) throw new Error(`wrangler deploy --dry-run failed:\n${build.stdout}${build.stderr}`);
  const script = readdirSync(folder).find((name) => name.endsWith('.js'));
  if (script === undefined) throw new Error('wrangler deploy --dry-run wrote no script');
  const code = readFileSync(join(folder, script));
  const found = FORBIDDEN.filter((text) => code.includes(text));
  if (found.length > 0)
    throw new Error(`the worker bundle holds ${found.join(', ')}: find the import that brought it and cut it`);
  const compressed = gzipSync(code).length;
  if (compressed > MAX_COMPRESSED_BYTES)
    throw new Error(`the worker bundle has ${compressed} bytes compressed, more than ${MAX_COMPRESSED_BYTES}`);
  console.log(
    `worker bundle: ${Math.round(code.length / 1024)} KiB, ${Math.round(compressed / 1024)} KiB compressed, nothing forbidden`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
