// The three kinds of tensor that a model of random weights is made of.
import type { Tensor } from './tensor-data.ts';

/** A matrix whose outputs have the variance of its inputs. */
export function linear(name: string, inputs: number, outputs: number, type: 'q4_0' | 'q8_0' = 'q4_0'): Tensor {
  return { name, shape: [inputs, outputs], type, std: 1 / Math.sqrt(inputs) };
}

/** A norm's weight. */
export function ones(name: string, size: number): Tensor {
  return { name, shape: [size], type: 'f32', fill: 1 };
}

/** A bias. */
export function zeros(name: string, size: number): Tensor {
  return { name, shape: [size], type: 'f32', fill: 0 };
}
