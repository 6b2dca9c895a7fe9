// The values of `format` that a grammar can hold a string to (JSON Schema 2020-12 validation, 7.3), narrower where their own
// definition is wide: each of these strings is one, not each one is among these.

const YEAR = '[0-9]{4}';
const MONTH_AND_DAY =
  '(("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8]))';
const DATE = `${YEAR} "-" ${MONTH_AND_DAY}`;
const TIME =
  '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,9})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])';
const LABEL = '[a-z0-9] ([a-z0-9-]{0,20} [a-z0-9])?';
const HOSTNAME = `${LABEL} ("." ${LABEL}){0,5}`;
const BYTE = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9]{2} | [1-9] [0-9] | [0-9])';
const HEX = '[0-9a-f]';

export const STRING_FORMATS: ReadonlyMap<string, string> = new Map([
  ['date', DATE],
  ['time', TIME],
  ['date-time', `${DATE} "T" ${TIME}`],
  ['duration', '"P" ([0-9]{1,4} "D" ("T" [0-9]{1,4} [HMS])? | "T" [0-9]{1,4} [HMS] | [0-9]{1,4} [YMW])'],
  ['email', `[a-z0-9] [a-z0-9_+-]{0,31} ("." [a-z0-9_+-]{1,16}){0,2} "@" ${LABEL} ("." ${LABEL}){0,2} "." [a-z]{2,8}`],
  ['hostname', HOSTNAME],
  ['ipv4', `${BYTE} ("." ${BYTE}){3}`],
  ['ipv6', `${HEX}{1,4} (":" ${HEX}{1,4}){7}`],
  ['uuid', `${HEX}{8} "-" ${HEX}{4} "-" [1-8] ${HEX}{3} "-" [89ab] ${HEX}{3} "-" ${HEX}{12}`],
  ['uri', `"http" "s"? "://" ${HOSTNAME} ("/" [A-Za-z0-9._~-]{1,40}){0,8} "/"?`],
]);
