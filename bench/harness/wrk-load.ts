// wrk (https://github.com/wg/wrk) as the load generator: one thread, keep-alive connections, the result as JSON by its script.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { LoadGenerator, LoadRequest, LoadResult } from './load-generator.ts';

const resultSchema = z.object({
  requests: z.int(),
  microseconds: z.number(),
  p50: z.number(),
  p99: z.number(),
  errors: z.int(),
});

const REPORT = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end`;

/** `wrk`: path of the program; `folder`: for its script. */
export function wrkLoad(wrk: string, folder: string): LoadGenerator {
  const run = promisify(execFile);
  return {
    name: 'wrk',
    async run(request, connections, seconds): Promise<LoadResult> {
      const script = join(folder, 'request.lua');
      await writeFile(script, requestScript(request));
      const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, request.url];
      const { stdout } = await run(wrk, args);
      const result = resultSchema.parse(JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? 'null'));
      const { requests, p50, p99, errors } = result;
      return { requests, seconds: result.microseconds / 1e6, p50, p99, errors };
    },
  };
}

function requestScript({ headers, body }: LoadRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`);
  return ['wrk.method = "POST"', `wrk.body = ${quote(body)}`, ...lines, REPORT].join('\n');
}

/** As a Lua string: our texts are printable ASCII, for which JSON's quoting is Lua's. */
function quote(text: string): string {
  return JSON.stringify(text);
}
