import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ByteWriter,
  ggufBytes,
  soundMetadata,
  soundTensors,
  text,
  texts,
  u32,
  u32s,
  type TestValue,
} from './gguf-bytes.ts';
import { sourceOf } from './memory-source.ts';
import { checkGguf, checkGgufFile } from '../../../inference-node/gguf/check-gguf-file.ts';

function reasonFor(bytes: Uint8Array): string {
  const check = checkGguf(sourceOf(bytes), 'm.gguf');
  return check.ok ? 'accepted' : check.reason;
}

function withMetadata(change: Record<string, TestValue | null>): Uint8Array {
  const entries = Object.entries({ ...soundMetadata(), ...change }).filter(([, value]) => value !== null);
  return ggufBytes(Object.fromEntries(entries) as Record<string, TestValue>);
}

describe('a sound file is accepted', () => {
  test.each([
    ['tiny-llama', 'llama', 2048],
    ['tiny-phi2', 'phi2', 1536],
  ])('%s, with its facts', async (name, architecture, vocabulary) => {
    expect(await checkGgufFile(`models/${name}.gguf`)).toMatchObject({
      ok: true,
      facts: { architecture, vocabulary, contextLength: 2048, blocks: 4, chatTemplate: expect.any(String) as unknown },
    });
  });

  test('the smallest one of these tests', () => {
    expect(reasonFor(ggufBytes())).toBe('accepted');
  });

  test('an architecture that nobody here knows, which llama.cpp will judge', () => {
    const metadata = {
      'general.architecture': text('newer'),
      'newer.block_count': u32(1),
      'newer.feed_forward_length': u32s([32]),
      'newer.attention.head_count': u32s([4]),
      'tokenizer.ggml.tokens': texts(['a']),
    };
    expect(reasonFor(ggufBytes(metadata))).toBe('accepted');
  });

  test('a model with a running state, which has no attention heads', () => {
    const metadata = {
      'general.architecture': text('mamba'),
      'mamba.block_count': u32(1),
      'mamba.ssm.state_size': u32(16),
      'mamba.feed_forward_length': u32(0),
      'mamba.attention.head_count': u32(0),
      'tokenizer.ggml.tokens': texts(['a']),
    };
    expect(reasonFor(ggufBytes(metadata))).toBe('accepted');
  });
});

describe('what makes llama.cpp abort its process is refused before it sees the file', () => {
  test.each<[string, Record<string, TestValue | null>, RegExp]>([
    ['no head count', { 'llama.attention.head_count': null }, /no usable llama\.attention\.head_count/],
    ['a head count of 0', { 'llama.attention.head_count': u32(0) }, /no usable llama\.attention\.head_count/],
    ['no feed-forward length', { 'llama.feed_forward_length': null }, /no usable llama\.feed_forward_length/],
    ['a feed-forward length of 0', { 'llama.feed_forward_length': u32(0) }, /no usable llama\.feed_forward_length/],
    ['no block count', { 'llama.block_count': null }, /llama\.block_count must be from 1 to 512/],
    ['a block count of 0', { 'llama.block_count': u32(0) }, /llama\.block_count must be/],
    ['too large a block count', { 'llama.block_count': u32(513) }, /llama\.block_count must be/],
    ['more blocks than it holds', { 'llama.block_count': u32(2) }, /says that it has 2 blocks, but holds 1/],
    ['a token twice', { 'tokenizer.ggml.tokens': texts(['a', 'b', 'a']) }, /1 of its 3 tokens occur twice/],
    ['no vocabulary', { 'tokenizer.ggml.tokens': null }, /no vocabulary/],
    ['no architecture', { 'general.architecture': null }, /which architecture/],
    ['a part of another model', { 'general.architecture': text('clip') }, /clip, which cannot write text/],
    [
      'a reranker',
      {
        'general.architecture': text('bert'),
        'bert.block_count': u32(1),
        'bert.attention.head_count': u32(2),
        'bert.feed_forward_length': u32(8),
        'bert.pooling_type': u32(4),
      },
      /compares texts with each other/,
    ],
    ['an unknown pooling', { 'llama.pooling_type': u32(5) }, /no usable llama\.pooling_type/],
  ])('%s', (_, change, reason) => {
    expect(reasonFor(withMetadata(change))).toMatch(reason);
  });

  test('token types that are not numbers as they are', () => {
    const tensors = [...soundTensors(), { name: 'token_types.weight', shape: [32, 2], type: 8, offset: 256 }];
    expect(reasonFor(ggufBytes(soundMetadata(), tensors, 512))).toMatch(/token_types\.weight that is not f32/);
  });

  test('tensors that are not where they should be', () => {
    const [first, second] = soundTensors();
    expect(reasonFor(ggufBytes(soundMetadata(), [first!, { ...second!, offset: 160 }]))).toMatch(
      /not where it should be/,
    );
  });

  test('a tensor of no elements, or of half a block', () => {
    expect(reasonFor(ggufBytes(soundMetadata(), [{ name: 'blk.0.a', shape: [0] }]))).toMatch(/impossible shape/);
    expect(reasonFor(ggufBytes(soundMetadata(), [{ name: 'blk.0.a', shape: [16], type: 8 }]))).toMatch(
      /impossible shape/,
    );
  });
});

describe('a file that is no whole GGUF file gets a sentence', () => {
  test('truncated anywhere in its tensors', () => {
    const bytes = ggufBytes();
    for (let cut = 1; cut <= 256; cut++) expect(reasonFor(bytes.slice(0, -cut))).toMatch(/truncated/);
  });

  test('truncated anywhere in its header', () => {
    const bytes = ggufBytes(soundMetadata(), soundTensors(), 0);
    for (let length = 0; length < bytes.length - 32; length++) {
      expect(reasonFor(bytes.slice(0, length))).toMatch(/Download it again, or take another file\.$/);
    }
  });

  test('another format, another version, the other byte order', () => {
    const header = (magic: number, version: number): Uint8Array =>
      new ByteWriter().u32(magic).u32(version).u64(0).u64(0).bytes();
    expect(reasonFor(header(0x04034b50, 3))).toMatch(/does not begin as a GGUF file does/);
    expect(reasonFor(header(0x46554747, 1))).toMatch(/GGUF version 1/);
    expect(reasonFor(header(0x46554747, 0x03000000))).toMatch(/big-endian/);
  });

  test('counts and lengths that the file cannot hold', () => {
    const start = (): ByteWriter => new ByteWriter().u32(0x46554747).u32(3);
    expect(
      reasonFor(
        start()
          .u64(2 ** 60)
          .u64(0)
          .bytes(),
      ),
    ).toMatch(/tensors, more than the file can hold/);
    expect(
      reasonFor(
        start()
          .u64(0)
          .u64(2 ** 40)
          .bytes(),
      ),
    ).toMatch(/keys, more than the file can hold/);
    expect(
      reasonFor(
        start()
          .u64(0)
          .u64(1)
          .u64(2 ** 50)
          .bytes(64),
      ),
    ).toMatch(/claims 1125899906842624 bytes/);
    const array = start()
      .u64(0)
      .u64(1)
      .text('k')
      .u32(9)
      .u32(4)
      .u64(2 ** 45);
    expect(reasonFor(array.bytes(64))).toMatch(/elements of "k", more than the file can hold/);
  });
});

describe('files', () => {
  test('one that is not there, and a folder', async () => {
    expect(await checkGgufFile('models/none.gguf')).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/ENOENT/) as unknown,
    });
    expect(await checkGgufFile('models')).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/not a file/) as unknown,
    });
  });

  test('half of a real model', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
    const path = join(folder, 'half.gguf');
    const whole = readFileSync('models/tiny-llama.gguf');
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    expect(await checkGgufFile(path)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/truncated/) as unknown,
    });
    rmSync(folder, { recursive: true });
  });
});
