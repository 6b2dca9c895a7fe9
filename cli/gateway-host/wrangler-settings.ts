// What the self-hosted gateway takes from wrangler.toml, so that bindings and compatibility are said once for every way to run
// it. Unknown kinds of binding are refused: better no start than a gateway without one of its stores.
import { readFile } from 'node:fs/promises';
import { parse, TomlError } from 'smol-toml';
import * as z from 'zod';
import { CliFailure } from '../cli-failure.ts';

const wranglerFileSchema = z.object({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.string()).default({}),
  kv_namespaces: z.array(z.object({ binding: z.string(), id: z.string().optional() })).default([]),
  durable_objects: z
    .object({ bindings: z.array(z.strictObject({ name: z.string(), class_name: z.string() })) })
    .default({ bindings: [] }),
  secrets: z.object({ required: z.array(z.string()).default([]) }).default({ required: [] }),
  workers_dev: z.boolean().default(true),
  route: z.unknown().optional(),
  routes: z.array(z.unknown()).default([]),
  account_id: z.string().optional(),
  migrations: z.array(z.strictObject({ tag: z.string(), new_sqlite_classes: z.array(z.string()) })).default([]),
});

/** Read by wrangler only. */
const WITHOUT_MEANING_HERE = ['$schema', 'keep_names', 'observability', 'dev', 'env', 'preview_urls'];

export type WranglerSettings = {
  name: string;
  /** Entry point, relative to the file. */
  main: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  vars: Record<string, string>;
  kvNamespaces: { binding: string; id: string }[];
  durableObjects: { binding: string; className: string }[];
};

/** And what a deployment at the edge goes by. */
export type DeploymentSettings = WranglerSettings & {
  /** Names of the secrets without which it is refused. */
  requiredSecrets: readonly string[];
  /** Somebody could reach it. */
  hasAddress: boolean;
  accountId: string | undefined;
};

/** Reads and checks the file. Throws a `CliFailure` for anything that it does not know how to host. */
export async function readWranglerSettings(path: string): Promise<DeploymentSettings> {
  const settings = parseFile(path, await readFile(path, 'utf8'));
  const sqliteClasses = settings.migrations.flatMap((migration) => migration.new_sqlite_classes);
  const durableObjects = settings.durable_objects.bindings.map(({ name, class_name: className }) => {
    if (!sqliteClasses.includes(className))
      throw new CliFailure(`${path}: ${className} is not among new_sqlite_classes.`);
    return { binding: name, className };
  });
  return {
    name: settings.name,
    main: settings.main,
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: settings.compatibility_flags,
    vars: settings.vars,
    kvNamespaces: settings.kv_namespaces.map(({ binding, id = binding }) => ({ binding, id })),
    durableObjects,
    requiredSecrets: settings.secrets.required,
    hasAddress: settings.workers_dev || settings.route !== undefined || settings.routes.length > 0,
    accountId: settings.account_id,
  };
}

/** The operator may have changed it: a mistake there is no bug. */
function parseFile(path: string, text: string): z.infer<typeof wranglerFileSchema> {
  let file: Record<string, unknown>;
  try {
    file = parse(text);
  } catch (error) {
    throw error instanceof TomlError ? new CliFailure(`${path} is not TOML, line ${error.line}.`) : error;
  }
  const known = Object.entries(file).filter(([name]) => !WITHOUT_MEANING_HERE.includes(name));
  const settings = wranglerFileSchema.strict().safeParse(Object.fromEntries(known));
  if (settings.success) return settings.data;
  const [issue] = settings.error.issues;
  throw new CliFailure(`${path}: ${[...(issue?.path ?? []), ''].join('.')} ${issue?.message ?? 'is wrong'}.`);
}
