// Why a model cannot be served, as one sentence for the operator: what is wrong and the way out. Not for clients.

export class ModelLoadError extends Error {
  override readonly name = 'ModelLoadError';
  readonly modelId: string;

  constructor(modelId: string, reason: string) {
    super(reason);
    this.modelId = modelId;
  }
}
