// A request's path as the log may have it: callers put keys and prompts into URLs that we never asked for.

const MAX_LENGTH = 200;
const CREDENTIAL = /hk[an]?_[0-9A-Za-z_]+/g;

/** The path without query, at most 200 characters, with anything like a credential blotted out. */
export function printablePath(url: string): string {
  const path = rawPath(url).slice(0, MAX_LENGTH);
  return path.includes('hk') ? path.replace(CREDENTIAL, 'hk_…') : path;
}

/** The path of an absolute URL exactly as it was sent: neither decoded nor resolved. */
export function rawPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start < 0) return '/';
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}
