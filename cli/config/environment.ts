// The one place that touches the process's environment.
import { readFileSync } from 'node:fs';

/** No child process needs them. */
const SECRET_VARIABLES = [
  'HEARTHKEY_ADMIN_TOKEN',
  'HEARTHKEY_BACKUP_PASSPHRASE',
  'HEARTHKEY_BEARER',
  'HEARTHKEY_NODE_TOKEN',
] as const;

export type CliEnvironment = {
  /** `HEARTHKEY_GATEWAY`: URL of the gateway that commands talk to. */
  gateway: string | undefined;
  /** `HEARTHKEY_ADMIN_TOKEN`: secret. */
  adminToken: string | undefined;
};

/** Reads the variables that the command line knows; empty ones count as absent. */
export function readEnvironment(): CliEnvironment {
  return {
    gateway: process.env['HEARTHKEY_GATEWAY'] || undefined,
    adminToken: process.env['HEARTHKEY_ADMIN_TOKEN'] || undefined,
  };
}

/** What a deployment knows of wrangler, each absent unless set. */
export function readWranglerEnvironment(): { program: string | undefined; account: string | undefined } {
  return {
    /** A program to use in place of the project's own wrangler. */
    program: process.env['HEARTHKEY_WRANGLER'] || undefined,
    /** Wrangler's own variable. */
    account: process.env['CLOUDFLARE_ACCOUNT_ID'] || undefined,
  };
}

/** `HEARTHKEY_BACKUP_PASSPHRASE`: secret. */
export function readBackupPassphrase(): string | undefined {
  return process.env['HEARTHKEY_BACKUP_PASSPHRASE'] || undefined;
}

/** `HEARTHKEY_BEARER`: secret; what a server of another maker wants to be shown. */
export function readBearer(): string | undefined {
  return process.env['HEARTHKEY_BEARER'] || undefined;
}

/** `HEARTHKEY_NODE_TOKEN`: secret. */
export function readNodeToken(): string | undefined {
  return process.env['HEARTHKEY_NODE_TOKEN'] || undefined;
}

/**
 * The certificates of `NODE_EXTRA_CA_CERTS`, as PEM: authorities that Node.js trusts beside the usual ones, for instance that of a
 * Caddy in one's own network. A file that cannot be read is passed over, as Node.js does with a warning of its own.
 */
export function readExtraCertificates(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  } catch {
    return [];
  }
}

/** The environment for a child process: this one's without our secrets, and the given variables. */
export function childEnvironment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const environment = { ...process.env, ...variables };
  for (const name of SECRET_VARIABLES) Reflect.deleteProperty(environment, name);
  return environment;
}

/**
 * Sets variables of this process, because miniflare takes the path of workerd from there and passes all on to it; for the
 * same reason our secrets are taken out.
 */
export function exportVariables(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
  for (const name of SECRET_VARIABLES) Reflect.deleteProperty(process.env, name);
}
