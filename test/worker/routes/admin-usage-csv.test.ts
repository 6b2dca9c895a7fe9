import { describe, it } from 'vitest';
import type { UsageReport } from '../../../protocol/admin/usage.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { renderUsageCsv } from '../../../worker/src/routes/render-usage-csv.ts';
import { callAdmin } from '../admin-api.ts';
import { registry, sumOf, usageOf } from '../registry/registry-requests.ts';

const HOUR = 3_600;
const THIS_HOUR = Math.floor(Date.now() / 1000 / HOUR) * HOUR;

function csv(data: UsageReport['data'], groupBy: UsageReport['group_by'] = ['model']): string {
  return renderUsageCsv({ object: 'usage', from: 0, to: HOUR, group_by: groupBy, data, complete: true });
}

function row(fields: Partial<UsageReport['data'][number]>): UsageReport['data'][number] {
  return {
    calls: 1,
    prompt_tokens: 2,
    cached_tokens: 0,
    completion_tokens: 3,
    estimated_calls: 0,
    first_token_ms: null,
    errors: {},
    ...fields,
  };
}

describe('usage as CSV', () => {
  it('has a header row, then a row for each group, with the columns that were grouped by first', ({ expect }) => {
    const rows = [row({ starts_at: 0, user_id: 'SomeUser', errors: { node_offline: 2, queue_full: 1 } })];
    expect(csv(rows, ['user', 'day'])).toBe(
      'starts_at,user_id,calls,prompt_tokens,cached_tokens,completion_tokens,estimated_calls,first_token_ms,errors\r\n' +
        '0,SomeUser,1,2,0,3,0,,node_offline:2;queue_full:1\r\n',
    );
    expect(csv([], [])).toMatch(/^calls,.*\r\n$/);
  });

  it('quotes what would break a row', ({ expect }) => {
    for (const [model, cell] of [
      ['a,b', '"a,b"'],
      ['a"b', '"a""b"'],
      ['a\r\nb', '"a\r\nb"'],
      ['plain', 'plain'],
    ] as const) {
      expect(csv([row({ model })])).toContain(`\r\n${cell},1,2,0,3,0,,\r\n`);
    }
  });

  it('has no cell that a spreadsheet takes for a formula', ({ expect }) => {
    for (const model of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '=HYPERLINK("http://x","y")']) {
      const cell = csv([row({ model })]).split('\r\n')[1] ?? '';
      expect(cell, model).toMatch(/^"?'/);
    }
  });

  it('is what `format=csv` answers', async ({ expect }) => {
    const model = `model-${randomId()}`;
    await registry().applyProjections(
      'SomeUser',
      usageOf([sumOf({ hour: THIS_HOUR, keyId: 'SomeUserSomeKey0', model, calls: 4 })]),
    );
    const response = await callAdmin('GET', `/admin/usage?format=csv&group_by=key,model&model=${model}`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await response.text()).split('\r\n')[1]).toBe(`SomeUserSomeKey0,${model},4,0,0,0,0,,`);
  });

  it('is refused when it could not hold everything, since it cannot say so; JSON says so', async ({ expect }) => {
    const hour = THIS_HOUR - 24 * HOUR;
    const many = Array.from({ length: 5_001 }, (_, place) =>
      sumOf({ hour, keyId: `ManyUser${String(place).padStart(8, '0')}`, model: 'many', calls: 1 }),
    );
    await registry().applyProjections('ManyUser', usageOf(many));
    const query = `group_by=key&model=many&from=${hour}&to=${hour + 1}`;
    const refused = await callAdmin('GET', `/admin/usage?format=csv&${query}`);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_value', param: 'group_by' } });
    const report: UsageReport = await (await callAdmin('GET', `/admin/usage?${query}`)).json();
    expect([report.data.length, report.complete]).toEqual([5_000, false]);
  });
});

it.for([
  ['group_by=colour', 'group_by[0]'],
  ['group_by=user,user', 'group_by'],
  ['from=10&to=5', 'from'],
  ['from=1&to=99999999999', 'from'],
  ['fromm=1', 'fromm'],
  ['user_id=x', 'user_id'],
] as const)('the question %s is refused by name', async ([query, param], { expect }) => {
  const response = await callAdmin('GET', `/admin/usage?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { param } });
});
