// Where a node dials in, and with what: the flag `--gateway`, and a node token from a file or the environment. Never from the command
// line, which every user of the machine can read.
import { readFileSync } from 'node:fs';
import { readFailure } from './gateway-keys-file.ts';
import { isHttpsOrLocal } from './is-https-or-local.ts';

export type LinkTarget = {
  /** Origin of the gateway: https, or http on this machine. */
  gateway: string;
  /** Secret. */
  token: string;
};

export type LinkTargetResult = { ok: true; target: LinkTarget } | { ok: false; problem: string };

/** The gateway knows whether it is good; this tells a mistake from a token. */
const TOKEN_FORM = /^hkn_[0-9A-Za-z_]{68}$/;

export function readLinkTarget(
  url: string,
  tokenFile: string | undefined,
  variable: string | undefined,
): LinkTargetResult {
  const gateway = parseGateway(url);
  if (gateway === null) {
    return { ok: false, problem: '--gateway must be the https URL of the gateway (http on this machine alone)' };
  }
  let token = variable ?? '';
  if (tokenFile !== undefined) {
    try {
      token = readFileSync(tokenFile, 'utf8').trim();
    } catch (error) {
      return { ok: false, problem: `--token-file '${tokenFile}' ${readFailure(error)}` };
    }
  }
  if (TOKEN_FORM.test(token)) return { ok: true, target: { gateway, token } };
  const where = tokenFile === undefined ? 'HEARTHKEY_NODE_TOKEN' : `--token-file '${tokenFile}'`;
  return { ok: false, problem: `${where} holds no node token; \`hearthkey nodes add\` makes one` };
}

function parseGateway(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') return null;
  return isHttpsOrLocal(url) ? url.origin : null;
}
