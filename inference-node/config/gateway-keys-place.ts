// Where a node at an address takes its gateway's public keys from: `--gateway-keys` with a file or with a URL of the gateway, or the
// keys themselves in HEARTHKEY_GATEWAY_JWKS.
import { readFileSync } from 'node:fs';
import { JWKS_PATH } from '../../protocol/node/node-signing-key.ts';
import { parseGatewayKeySet, type GatewayKeySet } from './gateway-key-set.ts';
import { readFailure } from './gateway-keys-file.ts';
import { isHttpsOrLocal } from './is-https-or-local.ts';

export type GatewayKeysPlace =
  | { kind: 'given'; keySet: GatewayKeySet }
  /** To be read again. */
  | { kind: 'file'; keySet: GatewayKeySet; path: string }
  /** The gateway publishes them. */
  | { kind: 'url'; url: string };

/** `missing`: none was named, a mistake of whoever called; else what was named is no good. */
export type GatewayKeysPlaceResult =
  { ok: true; place: GatewayKeysPlace } | { ok: false; missing: boolean; problem: string };

const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** `flag`: of `--gateway-keys`. `variable`: HEARTHKEY_GATEWAY_JWKS; the flag wins. */
export function readGatewayKeysPlace(flag: string | undefined, variable: string | undefined): GatewayKeysPlaceResult {
  if (flag !== undefined) return URL_SCHEME.test(flag) ? readUrl(flag) : readFile(flag);
  if (variable === undefined || variable === '') {
    const problem =
      "no gateway keys: the node answers only calls that its gateway signed. Give --gateway-keys FILE (a JWKS) or the gateway's https URL, or HEARTHKEY_GATEWAY_JWKS; 'npm start' does it for you";
    return { ok: false, missing: true, problem };
  }
  const parsed = parseGatewayKeySet(variable);
  if (parsed.ok) return { ok: true, place: { kind: 'given', keySet: parsed.keySet } };
  return bad(`HEARTHKEY_GATEWAY_JWKS is not a JWKS of public Ed25519 keys: ${parsed.problem}`);
}

/** The gateway's origin stands for where it publishes its keys. */
function readUrl(text: string): GatewayKeysPlaceResult {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !isHttpsOrLocal(url) || url.username !== '' || url.hash !== '') {
    return bad(`--gateway-keys '${text}' must be an https URL (http on this machine alone) or a file`);
  }
  if (url.pathname === '/' && url.search === '') url.pathname = JWKS_PATH;
  return { ok: true, place: { kind: 'url', url: url.href } };
}

function readFile(path: string): GatewayKeysPlaceResult {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return bad(`--gateway-keys '${path}' ${readFailure(error)}; give the path of a readable JWKS file`);
  }
  const parsed = parseGatewayKeySet(text);
  if (parsed.ok) return { ok: true, place: { kind: 'file', keySet: parsed.keySet, path } };
  return bad(`--gateway-keys '${path}' is not a JWKS of public Ed25519 keys: ${parsed.problem}`);
}

function bad(problem: string): GatewayKeysPlaceResult {
  return { ok: false, missing: false, problem };
}
