import { expect, test } from 'vitest';
import { AdmissionQueue } from '../../../inference-node/engine-child/admission-queue.ts';
import { Call } from '../../../inference-node/engine-child/call.ts';
import { CompletionText } from '../../../inference-node/engine-child/completion-text.ts';
import { GREEDY } from '../llama-cpp/greedy.ts';

function callOf(account: string, id: number): Call {
  const text = new CompletionText(() => '', []);
  return new Call({ id, account, prompt: [], maxTokens: 1, sampling: GREEDY, text, trigger: null });
}

function drain(queue: AdmissionQueue): number[] {
  const ids: number[] = [];
  for (let call = queue.shift(); call !== null; call = queue.shift()) ids.push(call.request.id);
  return ids;
}

test("one account's burst does not hold up the others", () => {
  const queue = new AdmissionQueue(10);
  for (const id of [1, 2, 3]) queue.push(callOf('burst', id));
  queue.push(callOf('b', 4));
  queue.push(callOf('c', 5));
  queue.push(callOf('b', 6));
  expect(drain(queue)).toEqual([1, 4, 5, 2, 6, 3]);
});

test('a call that is taken out is not served, and makes room', () => {
  const queue = new AdmissionQueue(2);
  const [first, second] = [callOf('a', 1), callOf('a', 2)];
  queue.push(first);
  queue.push(second);
  expect(queue.isFull).toBe(true);
  expect(queue.remove(first)).toBe(true);
  expect(queue.remove(first)).toBe(false);
  expect(queue.isFull).toBe(false);
  expect(drain(queue)).toEqual([2]);
  expect(queue.length).toBe(0);
});
