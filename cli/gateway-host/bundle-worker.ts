// The worker as one module for workerd: esbuild, with the conditions that wrangler uses. Done at every start: it takes less
// time than starting workerd, runs beside it, and can never be stale.
import { build, stop } from 'esbuild';

/** Bundles the worker's entry point to ES module source. Throws when it does not build, for instance for a `node:` import. */
export async function bundleWorker(entryPoint: string): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [entryPoint],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2024',
      platform: 'neutral',
      mainFields: ['browser', 'module', 'main'],
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*'],
      loader: { '.txt': 'text', '.html': 'text', '.sql': 'text' },
      logLevel: 'silent',
    });
    const [output] = outputFiles;
    if (output === undefined) throw new Error('esbuild made no output');
    return output.text;
  } finally {
    // Its helper process would live as long as ours.
    await stop();
  }
}
