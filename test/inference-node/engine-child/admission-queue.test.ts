import { describe, expect, test } from 'vitest';
import { AdmissionQueue } from '../../../inference-node/engine-child/admission-queue.ts';
import { Call } from '../../../inference-node/engine-child/call.ts';
import { CompletionText } from '../../../inference-node/engine-child/completion-text.ts';
import type { KeyPriority } from '../../../protocol/admin/key-priority.ts';
import { GREEDY } from '../llama-cpp/greedy.ts';

function callOf(account: string, id: number, priority: KeyPriority = 'normal'): Call {
  const text = new CompletionText(() => '', []);
  return new Call({
    id,
    account,
    priority,
    prompt: [],
    sharedTokens: 0,
    maxTokens: 1,
    sampling: GREEDY,
    text,
    trigger: null,
  });
}

function drain(queue: AdmissionQueue<Call>): number[] {
  const ids: number[] = [];
  for (let call = queue.shift(); call !== null; call = queue.shift()) ids.push(call.request.id);
  return ids;
}

function fill(queue: AdmissionQueue<Call>, account: string, priority: KeyPriority = 'normal'): number {
  let count = 0;
  for (; !queue.isFullFor(account); count++) queue.push(callOf(account, count, priority));
  return count;
}

describe('between accounts', () => {
  test("one account's burst does not hold up the others", () => {
    const queue = new AdmissionQueue<Call>(10);
    for (const id of [1, 2, 3]) queue.push(callOf('burst', id));
    queue.push(callOf('b', 4));
    queue.push(callOf('c', 5));
    queue.push(callOf('b', 6));
    expect(drain(queue)).toEqual([1, 4, 5, 2, 6, 3]);
  });

  test('one account cannot take all places: the last quarter is for those who hardly wait', () => {
    const queue = new AdmissionQueue<Call>(64);
    expect(fill(queue, 'flood')).toBe(48);
    expect(fill(queue, 'b')).toBe(4);
    expect(fill(queue, 'c')).toBe(4);
    expect(queue.isFullFor('flood')).toBe(true);
    for (const account of ['d', 'e']) fill(queue, account);
    expect(queue.length).toBe(64);
    expect(queue.isFullFor('f')).toBe(true);
  });
});

describe('priorities', () => {
  test('the more urgent go first, whenever they came', () => {
    const queue = new AdmissionQueue<Call>(10);
    queue.push(callOf('a', 1, 'low'));
    queue.push(callOf('b', 2));
    queue.push(callOf('c', 3, 'high'));
    queue.push(callOf('a', 4, 'high'));
    queue.push(callOf('b', 5));
    expect(drain(queue)).toEqual([3, 4, 2, 5, 1]);
  });

  test('accounts take turns within each', () => {
    const queue = new AdmissionQueue<Call>(10);
    for (const id of [1, 2]) queue.push(callOf('a', id, 'high'));
    queue.push(callOf('b', 3, 'high'));
    expect(drain(queue)).toEqual([1, 3, 2]);
  });

  test('nobody starves: under an endless flow of urgent calls the others still begin', () => {
    const queue = new AdmissionQueue<Call>(100);
    for (const id of [1, 2]) queue.push(callOf('normal', id));
    for (const id of [3, 4]) queue.push(callOf('low', id, 'low'));
    const begun: number[] = [];
    for (let turn = 0; turn < 40; turn++) {
      queue.push(callOf('urgent', 100, 'high'));
      begun.push(queue.shift()?.request.id ?? 0);
    }
    const others = begun.filter((id) => id < 100);
    expect(others.toSorted()).toEqual([1, 2, 3, 4]);
    expect(begun.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 100));
  });
});

test('a call that is taken out is not served, and makes room', () => {
  const queue = new AdmissionQueue<Call>(2);
  const [first, second] = [callOf('a', 1), callOf('a', 2, 'high')];
  queue.push(first);
  queue.push(second);
  expect(queue.isFullFor('b')).toBe(true);
  expect(queue.remove(first)).toBe(true);
  expect(queue.remove(first)).toBe(false);
  expect(queue.isFullFor('b')).toBe(false);
  expect(drain(queue)).toEqual([2]);
  expect(queue.length).toBe(0);
});
