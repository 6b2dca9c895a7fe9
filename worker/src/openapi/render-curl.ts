// An example call that works when it is pasted, after the key was put into the environment.

export type CurlExample = {
  method: string;
  path: string;
  origin: string;
  /** The security scheme; undefined: none. */
  access: string | undefined;
  body: unknown;
};

/** The variable that stands for the secret; of every other scheme the API key's. */
const SECRETS: Readonly<Record<string, string>> = {
  adminToken: '$HEARTHKEY_ADMIN_TOKEN',
  nodeToken: '$HEARTHKEY_NODE_TOKEN',
};

/** The command, over several lines. */
export function renderCurl({ method, path, origin, access, body }: CurlExample): string {
  const parts = [
    `curl ${origin}${path.replace(/\{([A-Za-z]+)\}/g, (_match, name: string) => `$${name.toUpperCase()}`)}`,
  ];
  if (method !== 'GET' && !(method === 'POST' && body !== undefined)) parts[0] = `${parts[0] ?? ''} -X ${method}`;
  if (access !== undefined) parts.push(`-H "authorization: Bearer ${SECRETS[access] ?? '$HEARTHKEY_API_KEY'}"`);
  if (body !== undefined) {
    // Inside single quotes a shell needs only the quote itself written otherwise.
    const json = JSON.stringify(body).replaceAll("'", "'\\''");
    parts.push('-H "content-type: application/json"', `-d '${json}'`);
  }
  return parts.join(' \\\n  ');
}
