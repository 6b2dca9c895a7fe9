// What the tests of the engine compute on: the CPU, as everybody has one, or what HEARTHKEY_TEST_GPU names (cuda, vulkan, metal).
import * as z from 'zod';

export const TEST_GPU = z
  .enum(['cuda', 'vulkan', 'metal'])
  .or(z.undefined().transform(() => false as const))
  .parse(process.env['HEARTHKEY_TEST_GPU']);
