// What `up` says when it is ready: a banner for people, or one line of JSON. A secret is in it only in the run that made it.
import type { LoadedModel } from '../../protocol/node/node-process.ts';
import { formatBytes } from '../output/format-bytes.ts';
import { printable } from '../output/printable.ts';
import type { FirstKey } from './first-key.ts';

export type Announcement = {
  gateway: string;
  /** Null with `--no-node` and `--link`. */
  node: string | null;
  /** Id of the node that dials in; absent: none does. */
  link: string | undefined;
  /** Null when it was made by an earlier run. */
  adminToken: string | null;
  key: FirstKey;
  models: readonly LoadedModel[];
  adminTokenFile: string;
};

/** Shown where a key would stand that cannot be shown any more. */
const KEY_PLACEHOLDER = '$HEARTHKEY_API_KEY';

/** One line without its end: `{"gateway","node","adminToken","apiKey","models"}`. */
export function announceAsJson({ gateway, node, adminToken, key, models }: Announcement): string {
  return JSON.stringify({ gateway, node, adminToken, apiKey: key.kind === 'created' ? key.secret : null, models });
}

/** A short text of lines for a terminal. */
export function announceToPeople(announcement: Announcement): string {
  const { gateway, adminTokenFile } = announcement;
  const lines = ['', `  Gateway   ${gateway}`, ...modelLines(announcement), '', ...keyLines(announcement.key)];
  lines.push(`  Admin     the token lies in ${adminTokenFile}`, '', ...exampleLines(announcement));
  return `${lines.join('\n')}\n`;
}

function modelLines({ models, link, gateway }: Announcement): string[] {
  if (link !== undefined) return linkLines(link, gateway);
  if (models.length === 0) return ['  Models    none here: start a node with `npm run node`'];
  const width = Math.max(...models.map(({ id }) => id.length));
  return models.map(({ id, sizeBytes, loadMs, device }, index) => {
    const when = loadMs === null ? 'loaded when it is called' : `loaded in ${(loadMs / 1000).toFixed(1)} s`;
    const facts = [formatBytes(sizeBytes), when, ...(device === '' ? [] : [printable(device)])].join(', ');
    return `  ${index === 0 ? 'Models  ' : '        '}  ${id.padEnd(width)}  ${facts}${index === 0 ? ' (default)' : ''}`;
  });
}

function linkLines(link: string, gateway: string): string[] {
  return [
    `  Models    those of the node ${link}, when it has dialled in:`,
    `            npx hearthkey nodes add ${link}                                 (here: prints its token)`,
    `            npx hearthkey node --gateway ${gateway} --token-file FILE   (there)`,
  ];
}

function keyLines(key: FirstKey): string[] {
  if (key.kind === 'created') return [`  API key   ${key.secret}`, '            (shown this once: keep it)', ''];
  if (key.keys.length === 0) return ['  API keys  none works now: make one with `npx hearthkey keys create`', ''];
  const lines = key.keys.map(
    ({ prefix, name }, index) => `  ${index === 0 ? 'API keys' : '        '}  ${prefix}  ${printable(name)}`,
  );
  return [...lines, ...(key.more ? ['            … and more: `npx hearthkey keys list`'] : []), ''];
}

function exampleLines({ gateway, key, models }: Announcement): string[] {
  const secret = key.kind === 'created' ? key.secret : KEY_PLACEHOLDER;
  const [path, body] = exampleCall(models);
  return [
    '  Try it:',
    '',
    `  curl ${gateway}${path} \\`,
    `    -H "Authorization: Bearer ${secret}" \\`,
    '    -H "Content-Type: application/json" \\',
    `    -d '${JSON.stringify(body)}'`,
    '',
    '  Ctrl-C stops it.',
  ];
}

/** Without a model that is known, the one route that wants no name of one. */
function exampleCall([model]: readonly LoadedModel[]): [path: string, body: object] {
  const question = 'How do I revoke a key?';
  if (model === undefined) return ['/predict', { input: question }];
  return ['/v1/chat/completions', { model: model.id, messages: [{ role: 'user', content: question }] }];
}
