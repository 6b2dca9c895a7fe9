// Every test file begins with empty storage, though all files of the project share one workerd: to start one for each
// took most of the time. What a file leaves in module scope is its own business; tests use names of their own.
import { reset } from 'cloudflare:test';
import { beforeAll } from 'vitest';

beforeAll(async () => {
  await reset();
});
