// One spelling per path: whatever a router, a proxy or a log might read differently is refused, although it was signed.

/** What a path segment may hold unescaped (RFC 3986, pchar without escapes). */
const PLAIN_SEGMENT = /^[A-Za-z0-9._~!$&'()*+,;=:@-]+$/;
/** Queries are values only: nothing routes by them, so escapes stay as they are, well-formed. */
const QUERY = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/;

/** True for `/a/b?query` without empty or dot segments and with escapes only in their one spelling. */
export function isCanonicalTarget(target: string): boolean {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (mark >= 0 && !QUERY.test(target.slice(mark + 1))) return false;
  if (!path.startsWith('/')) return false;
  return path.slice(1).split('/').every(isCanonicalSegment);
}

function isCanonicalSegment(segment: string): boolean {
  if (segment === '.' || segment === '..') return false;
  if (PLAIN_SEGMENT.test(segment)) return true;
  if (!segment.includes('%')) return false;
  try {
    return encodeURIComponent(decodeURIComponent(segment)) === segment;
  } catch {
    return false;
  }
}
