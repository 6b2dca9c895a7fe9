// What the engine computes on, once the GPU was tried: each process of the engine tries it first, and one that fails its trial is not
// used again until the node starts anew.
import type { GpuChoice } from './engine-options.ts';

const REMEDY =
  'Most often the driver is older than the CUDA or Vulkan release that these binaries are made for: update it, or choose ' +
  'another with --gpu (cuda, vulkan, off).';

/** What follows from a failed trial: another process on the CPU, or the end, since the operator asked for this GPU alone. */
export type FailedTrial = { onCpu: boolean; sentence: string };

export class GpuTrial {
  readonly #asked: GpuChoice;
  #choice: GpuChoice;
  #runs = false;
  #words: string | null = null;
  #problem: string | null = null;

  constructor(asked: GpuChoice) {
    this.#asked = asked;
    this.#choice = asked;
  }

  /** What the next process is to take. */
  get choice(): GpuChoice {
    return this.#choice;
  }

  /** Why it does not take the GPU that there is; null: it does, or there is none. */
  get problem(): string | null {
    return this.#problem;
  }

  get runs(): boolean {
    return this.#runs;
  }

  begin(): void {
    this.#runs = true;
    this.#words = null;
  }

  pass(): void {
    this.#runs = false;
  }

  /** What the process says of its failure, before it ends: the first words count. */
  note(words: string): void {
    if (this.#runs) this.#words ??= words;
  }

  /** The process has ended, maybe with last words. Null: no trial ran. */
  end(lastWords: string | null): FailedTrial | null {
    if (!this.#runs) return null;
    this.#runs = false;
    const words = this.#words ?? lastWords ?? 'its process ended';
    this.#problem = `the GPU failed its trial: ${words.replace(/\.$/, '')}`;
    const onCpu = this.#asked === 'auto';
    if (onCpu) this.#choice = false;
    const sentence = onCpu ? `${this.#problem}. The CPU computes instead.` : `${this.#problem}.`;
    return { onCpu, sentence: `${sentence} ${REMEDY}` };
  }
}
