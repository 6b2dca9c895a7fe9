// A clock for how long ago something was. The system's may be set back, and then whatever was noted before would count as new until that
// clock has caught up; this one goes on from where it was.

let lastRead = 0;
let aheadMs = 0;

/** In milliseconds, as `Date.now()` when that was never set back since the isolate began. It names no time that others understand. */
export function steadyNow(): number {
  const now = Date.now();
  if (now < lastRead) aheadMs += lastRead - now;
  lastRead = now;
  return now + aheadMs;
}
