// Where the parts of the project lie that the CLI starts or reads.
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export const PROJECT_FILES = {
  root,
  packageManifest: join(root, 'package.json'),
  wranglerConfig: join(root, 'wrangler.toml'),
  nodeEntryPoint: join(root, 'inference-node', 'main.ts'),
  models: join(root, 'models'),
  pullEntryPoint: join(root, 'inference-node', 'pull', 'main.ts'),
  modelFilesEntryPoint: join(root, 'inference-node', 'model-files', 'main.ts'),
} as const;
