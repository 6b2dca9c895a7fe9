// Node's own HTTP client as the load generator, where wrk is missing: some 60 µs a request in this process, so nothing much
// faster than a gateway can be measured with it.
import { Agent, request as httpRequest } from 'node:http';
import type { LoadGenerator, LoadRequest } from './load-generator.ts';
import { percentile } from './statistics.ts';

export function nodeLoad(): LoadGenerator {
  return {
    name: "Node's http client (wrk is not installed)",
    async run(request, connections, seconds) {
      const agent = new Agent({ keepAlive: true, maxSockets: connections });
      const latencies: number[] = [];
      let errors = 0;
      const start = performance.now();
      const end = start + seconds * 1000;
      const client = async (): Promise<void> => {
        while (performance.now() < end) {
          const sent = performance.now();
          if (!(await send(request, agent))) errors++;
          latencies.push((performance.now() - sent) * 1000);
        }
      };
      await Promise.all(Array.from({ length: connections }, client));
      agent.destroy();
      return {
        requests: latencies.length,
        seconds: (performance.now() - start) / 1000,
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
        errors,
      };
    },
  };
}

/** Resolves to whether a whole 2xx answer came. */
function send({ url, headers, body }: LoadRequest, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
    const call = httpRequest(url, options, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(Math.floor((response.statusCode ?? 0) / 100) === 2);
      });
      response.on('error', () => {
        resolve(false);
      });
    });
    call.on('error', () => {
      resolve(false);
    });
    call.end(body);
  });
}
