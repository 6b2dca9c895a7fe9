// Which URLs an operator may name as the origin of a node. Requests with a bearer and with people's prompts go there, so a URL that
// points at the inside of a machine or a cloud by mistake is refused, and plain HTTP stays on networks that nobody else sees.
import { addressKind } from './address-kind.ts';

/** As in a hostname of the longest kind, with a path. */
const MAX_URL_LENGTH = 512;

export type OriginUrlRules = {
  /** Whether a path may follow the port: servers of other makers may be anywhere, our own nodes are at the root. */
  mayHavePath: boolean;
  /** Plain HTTP to private addresses too, not only to loopback. */
  insecureHttp: boolean;
  /** Also where no server of models is: link-local addresses, metadata services. */
  force: boolean;
};

export type CheckedOriginUrl = { ok: true; url: string } | { ok: false; problem: string };

/** The URL without a slash, or the `/v1` that every call adds, at its end; or a sentence that says what is wrong with it. It never repeats the URL: one may hold a password. */
export function checkOriginUrl(text: string, rules: OriginUrlRules): CheckedOriginUrl {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (url === null) return refuse('is not a URL such as https://gpu.example:8000');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https://');
  if (url.username !== '' || url.password !== '') return refuse('must hold no user name and no password');
  if (/[?#]/.test(text)) return refuse('must have no query and no fragment');
  const path = url.pathname.replace(/\/+$/, '');
  if (path !== '' && !rules.mayHavePath) return refuse('is scheme, host and port only, without a path');
  const kind = addressKind(url.hostname);
  if (kind === 'forbidden' && !rules.force) {
    return refuse(
      'is a link-local, metadata, multicast or unassigned address, where no node is; --force takes it nevertheless',
    );
  }
  if (url.protocol === 'http:' && kind === 'public') {
    return refuse('must begin with https://: prompts would cross a public network in the clear');
  }
  if (url.protocol === 'http:' && kind !== 'loopback' && !rules.insecureHttp) {
    return refuse('must begin with https://; on a network that only you use, --insecure-http allows http://');
  }
  return { ok: true, url: url.origin + path.replace(/\/v1$/, '') };
}

function refuse(problem: string): CheckedOriginUrl {
  return { ok: false, problem: `the URL ${problem}` };
}
