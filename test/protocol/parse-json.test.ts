import { expect, it } from 'vitest';
import { parseJson } from '../../protocol/parse-json.ts';

it('a JSON text has its value, also where that is null', () => {
  expect(parseJson('{"a":[1,"é"]}')).toEqual({ a: [1, 'é'] });
  expect(parseJson('null')).toBeNull();
});

it.each([null, '', 'undefined', '{"a":', "{'a': 1}"])('%j has none', (text) => {
  expect(parseJson(text)).toBeUndefined();
});
