// What the node's settings may be, the same as flags and in a models file.

/** KV memory is context size × sequences, so both are bounded to what a machine could ever hold. */
export const MAX_CONTEXT_SIZE = 1_048_576;
export const MAX_SEQUENCES = 256;
export const MAX_THREADS = 1024;

export const GPU_MODES = ['auto', 'cuda', 'vulkan', 'metal', 'off'] as const;
export const FLASH_ATTENTION_MODES = ['auto', 'on', 'off'] as const;
/** Of each number in the KV cache: 16, 8½ and 4½ bits. */
export const KV_CACHE_TYPES = ['f16', 'q8_0', 'q4_0'] as const;
/** When a model comes into memory: at the start, to stay; or when it is called. */
export const LOAD_MODES = ['start', 'on_demand'] as const;
