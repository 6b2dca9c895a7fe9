// Writes the generated parts of docs/ from the code that they describe: the error table today. `--check` changes nothing and
// fails when a file is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { ERROR_CODES, errorRule } from '../protocol/errors/error-codes.ts';

const GENERATED: Readonly<Record<string, () => string>> = { 'docs/errors.md': errorTable };

const check = process.argv.includes('--check');
let stale = 0;
for (const [file, generate] of Object.entries(GENERATED)) {
  const now = await readFile(file, 'utf8');
  const next = await format(replaceBetweenMarkers(now, generate()), { ...(await resolveConfig(file)), filepath: file });
  if (next === now) continue;
  if (check) {
    stale++;
    console.error(`${file} is out of date. Run: npm run generate`);
  } else {
    await writeFile(file, next);
  }
}
process.exitCode = stale === 0 ? 0 : 1;

function replaceBetweenMarkers(text: string, generated: string): string {
  const pattern = /(<!-- generated: begin -->\n)[\s\S]*(<!-- generated: end -->)/;
  if (!pattern.test(text))
    throw new Error('the markers <!-- generated: begin --> and <!-- generated: end --> are missing');
  return text.replace(pattern, (_match, begin: string, end: string) => `${begin}\n${generated}\n${end}`);
}

function errorTable(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, type, retryable, message } = errorRule(code);
    return `| \`${code}\` | ${status} | \`${type}\` | ${retryable ? 'yes' : 'no'} | ${message} |`;
  });
  return ['| code | status | type | retry | default message |', '| --- | --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}
