// Where a model is computed, in words for the operator; where it is not a GPU, why.
import type { GpuChoice } from '../engine/engine-options.ts';
import type { FlashAttention } from '../llama-cpp/choose-flash-attention.ts';
import type { LoadedModel } from '../llama-cpp/loaded-model.ts';

export type Devices = {
  /** What was asked for. */
  asked: GpuChoice;
  /** Why the GPU that there is was not taken; null: it was, or there is none. */
  problem: string | null;
  /** What llama.cpp took. */
  gpu: 'cuda' | 'vulkan' | 'metal' | false;
  names: readonly string[];
};

const GPU_NAMES = { cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } as const;
/** Names come from drivers. */
const MAX_NAMES_LENGTH = 120;

/** `flashAttention` null: an encoder's, which nobody can set. */
export function describeDevice(
  devices: Devices,
  layers: Pick<LoadedModel, 'gpuLayers' | 'totalLayers'>,
  flashAttention: FlashAttention | null,
): string {
  return `${describePlace(devices, layers)}${flashAttention === false ? ', with plain attention' : ''}`;
}

function describePlace(
  { asked, problem, gpu, names }: Devices,
  { gpuLayers, totalLayers }: Pick<LoadedModel, 'gpuLayers' | 'totalLayers'>,
): string {
  if (gpu === false) {
    const why = asked === false ? 'GPUs are switched off' : 'no GPU that llama.cpp can use was found';
    return `on the CPU (${problem ?? why})`;
  }
  const where = `${GPU_NAMES[gpu]} (${names.join(', ').slice(0, MAX_NAMES_LENGTH)})`;
  if (gpuLayers === 0) return `on the CPU (none of its ${totalLayers} layers fits on ${where}, or none was to)`;
  return gpuLayers < totalLayers
    ? `on ${where} with ${gpuLayers} of its ${totalLayers} layers, the rest on the CPU`
    : `on ${where}`;
}
