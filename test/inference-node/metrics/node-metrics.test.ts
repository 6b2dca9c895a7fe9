// What Prometheus reads: the standard names, labels from closed sets, no word of a caller's.
import { expect, test } from 'vitest';
import { startFakeNode } from '../server/node-under-test.ts';

const scrape = async (url: string) => (await fetch(`${url}/metrics`)).text();

test('calls, tokens, latencies, load and refusals are counted under the standard names', async () => {
  const { engine, chat, node, call } = await startFakeNode();
  engine.script = ['a', 'b', 'c'];
  await (await chat({})).text();
  await (await chat({ stream: true })).text();
  await (await call({ path: '/nothing/secret' })).text();
  await (await fetch(`${node.url}/v1/models`)).text();
  const text = await scrape(node.url);
  for (const line of [
    'hearthkey_calls_total{model="fake-model",outcome="stop"} 2',
    'hearthkey_prompt_tokens_total{model="fake-model"} 14',
    'hearthkey_cached_prompt_tokens_total{model="fake-model"} 4',
    'hearthkey_completion_tokens_total{model="fake-model"} 6',
    'gen_ai_server_time_to_first_token_seconds_count{model="fake-model"} 2',
    'gen_ai_server_time_per_output_token_seconds_count{model="fake-model"} 2',
    'hearthkey_request_queue_time_seconds_count{model="fake-model"} 2',
    'hearthkey_num_requests_running{model="fake-model"} 0',
    'hearthkey_num_requests_waiting{model="fake-model"} 0',
    'hearthkey_engine_restarts_total 3',
    'hearthkey_engine_steps_total{model="fake-model",calls="1"} 2',
    'hearthkey_engine_steps_total{model="fake-model",calls="3"} 3',
    'hearthkey_engine_prefill_tokens_total{model="fake-model"} 10',
    'hearthkey_ready 1',
    'hearthkey_journal_records 2',
    'hearthkey_refused_calls_total{reason="no_token"} 1',
    'http_request_duration_seconds_count{method="POST",route="/v1/chat/completions",status="200"} 2',
    'http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
    'http_request_duration_seconds_count{method="GET",route="/v1/models",status="401"} 1',
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
  expect(text).not.toContain('calls="2"');
  expect(text).not.toContain('secret');
  expect(text).not.toContain('acc00001');
});

test('metrics are valid: a second scrape counts the first', async () => {
  const { node } = await startFakeNode();
  await scrape(node.url);
  expect(await scrape(node.url)).toContain(
    'http_request_duration_seconds_count{method="GET",route="/metrics",status="200"} 1',
  );
});
