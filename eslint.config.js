// The house rules that a machine can check. Each message says what to do instead. Sides import `protocol/` and never each
// other; each vendor has one home.
import tseslint from 'typescript-eslint';

const SIDES = {
  protocol: {
    folders: ['worker', 'inference-node', 'cli', 'models'],
    advice: 'protocol/ is shared by all sides and imports zod only.',
  },
  worker: {
    folders: ['inference-node', 'cli', 'models'],
    advice: 'The worker runs on workerd alone; put what both sides need into protocol/.',
  },
  'inference-node': {
    folders: ['worker', 'cli'],
    advice: 'The node runs alone; put what both sides need into protocol/.',
  },
  cli: {
    folders: ['worker', 'inference-node'],
    advice: 'The CLI talks HTTP and starts processes; put what both sides need into protocol/.',
  },
};

/** Which package may be imported where only. */
const VENDOR_HOMES = {
  'node-llama-cpp': ['inference-node/llama-cpp/**'],
  '@huggingface/jinja': ['inference-node/engine-child/**'],
  miniflare: ['cli/gateway-host/**'],
  esbuild: ['cli/gateway-host/**'],
  '@hono/node-server': ['inference-node/server/**'],
  'prom-client': ['inference-node/metrics/**'],
  jose: ['worker/src/nodes/**', 'inference-node/call-auth/**', 'cli/state-folder/**', 'bench/**'],
  'ipaddr.js': ['worker/src/keys/**'],
  capnweb: ['worker/src/nodes/**', 'inference-node/link/**'],
  '@noble/hashes': ['worker/src/audit/**'],
};

const NO_NODE = { regex: '^node:', message: 'workerd has no Node here: use Web APIs.' };

function restrictImports(side, { folders, advice }) {
  const vendors = Object.keys(VENDOR_HOMES).filter(
    (name) => !VENDOR_HOMES[name].some((home) => home.startsWith(`${side}/`)),
  );
  const crossing = folders.map((folder) => ({ regex: `^(\\.\\./)+${folder}/`, message: advice }));
  const homes = vendors.map((name) => ({
    regex: `^${name.replaceAll('.', '\\.')}(/|$)`,
    message: `${name} has its home in ${VENDOR_HOMES[name].join(', ')}.`,
  }));
  const patterns = [...crossing, ...homes, ...(side === 'worker' || side === 'protocol' ? [NO_NODE] : [])];
  return { files: [`${side}/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

const ONE_PLACE_GLOBALS = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: "process.env is read in each side's config only.",
  },
  {
    selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
    message: 'process.exit belongs to the entry point: set an exit code or throw.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      '.wrangler/',
      '.hearthkey/',
      'coverage/',
      'models/recipe/',
      'worker/worker-configuration.d.ts',
      '**/*.js',
      '**/*.mjs',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...ONE_PLACE_GLOBALS],
      eqeqeq: 'error',
    },
  },
  ...Object.entries(SIDES).map(([side, rule]) => restrictImports(side, rule)),
  ...['inference-node', 'cli', 'worker'].flatMap((side) => [
    {
      files: [`${side}/**/config/**/*.ts`, `${side}/**/main.ts`, 'cli/hearthkey.ts'],
      rules: { 'no-restricted-syntax': 'off' },
    },
  ]),
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', 'vitest.config.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
