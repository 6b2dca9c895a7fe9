// `GET /admin/usage` reports up to the last call that has ended, also one that no gateway has settled yet.
import { describe, it } from 'vitest';
import { usageReportSchema } from '../../../protocol/admin/usage.ts';
import { callAdmin } from '../admin-api.ts';
import { chat, fetchGateway, jsonCall, makeKey } from '../test-gateway.ts';

describe('the usage of a key', () => {
  it('counts a call that ended a moment ago, whole or streamed, with what its node counted', async ({ expect }) => {
    const { id, key } = await makeKey();
    for (const body of [chat('echo'), chat('echo', 'hello there', { stream: true })]) {
      const answer = await fetchGateway('/v1/chat/completions', jsonCall(key, body));
      expect(answer.status).toBe(200);
      await answer.text();
    }
    const report = await callAdmin('GET', `/admin/usage?key_id=${id}`);
    const { data } = usageReportSchema.parse(await report.json());
    expect(data).toMatchObject([{ calls: 2, estimated_calls: 0 }]);
  });
});
