// The worker as modules for workerd: esbuild, with the conditions that wrangler uses. Done at every start: it takes less time than
// starting workerd, runs beside it, and can never be stale.
import { build, stop } from 'esbuild';

/** Bundles an entry point to ES module source. Throws when it does not build, for instance for a `node:` import. */
export async function bundleWorker(entryPoint: string): Promise<string> {
  return (await bundleWorkers({ worker: entryPoint })).worker;
}

/** Bundles several entry points, each to a module of its own, by their names. Throws likewise. */
export async function bundleWorkers<Name extends string>(
  entryPoints: Readonly<Record<Name, string>>,
): Promise<Record<Name, string>> {
  try {
    const { outputFiles } = await build({
      entryPoints,
      outdir: '/',
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
    const sources = new Map(outputFiles.map(({ path, text }) => [path, text]));
    const names = Object.keys(entryPoints) as Name[];
    return Object.fromEntries(names.map((name) => [name, sources.get(`/${name}.js`)])) as Record<Name, string>;
  } finally {
    // Its helper process would live as long as ours.
    await stop();
  }
}
