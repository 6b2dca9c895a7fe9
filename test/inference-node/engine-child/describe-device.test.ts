import { expect, test } from 'vitest';
import { describeDevice } from '../../../inference-node/engine-child/describe-device.ts';

const layers = (gpuLayers: number) => ({ gpuLayers, totalLayers: 33 });
const H100 = { asked: 'auto', problem: null, gpu: 'cuda', names: ['NVIDIA H100'] } as const;

test.each([
  [
    { asked: 'auto', problem: null, gpu: false, names: [] } as const,
    0,
    'on the CPU (no GPU that llama.cpp can use was found)',
  ],
  [{ asked: false, problem: null, gpu: false, names: [] } as const, 0, 'on the CPU (GPUs are switched off)'],
  [{ ...H100, problem: 'the GPU failed its trial', gpu: false } as const, 0, 'on the CPU (the GPU failed its trial)'],
  [H100, 33, 'on CUDA (NVIDIA H100)'],
  [H100, 20, 'on CUDA (NVIDIA H100) with 20 of its 33 layers, the rest on the CPU'],
  [H100, 0, 'on the CPU (none of its 33 layers fits on CUDA (NVIDIA H100), or none was to)'],
])('the operator reads where a model is computed: %j with %i layers', (devices, gpuLayers, words) => {
  expect(describeDevice(devices, layers(gpuLayers), 'auto')).toBe(words);
  expect(describeDevice(devices, layers(gpuLayers), false)).toBe(`${words}, with plain attention`);
});
