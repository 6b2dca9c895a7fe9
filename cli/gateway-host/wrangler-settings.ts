// What the self-hosted gateway takes from wrangler.toml, so that bindings and compatibility are said once for every way to run
// it. Unknown kinds of binding are refused: better no start than a gateway without one of its stores.
import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { z } from 'zod';

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
  migrations: z.array(z.strictObject({ tag: z.string(), new_sqlite_classes: z.array(z.string()) })).default([]),
});

/** Read by wrangler only, or handled by the caller (`secrets`: names without values). */
const WITHOUT_MEANING_HERE = ['$schema', 'workers_dev', 'keep_names', 'observability', 'dev', 'secrets', 'env'];

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

/** Reads and checks the file. Throws for anything that it does not know how to host. */
export async function readWranglerSettings(path: string): Promise<WranglerSettings> {
  const file = Object.entries(parse(await readFile(path, 'utf8')));
  const settings = wranglerFileSchema
    .strict()
    .parse(Object.fromEntries(file.filter(([name]) => !WITHOUT_MEANING_HERE.includes(name))));
  const sqliteClasses = settings.migrations.flatMap((migration) => migration.new_sqlite_classes);
  const durableObjects = settings.durable_objects.bindings.map(({ name, class_name: className }) => {
    if (!sqliteClasses.includes(className)) throw new Error(`${path}: ${className} is not among new_sqlite_classes`);
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
  };
}
