// One decode at a time in the whole process, in turns. Two models that decode at once would need twice the threads, and more
// threads than cores make llama.cpp's spin barriers collapse (seen: 40 times slower); some GPU drivers crash.

export class DecodeTurn {
  #last: Promise<void> = Promise.resolve();

  /** Runs `decode` when everyone who asked before is done. */
  run<T>(decode: () => Promise<T>): Promise<T> {
    const result = this.#last.then(decode);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
