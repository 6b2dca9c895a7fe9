// A node as the directory watches it: at most one look at a time, of which everybody who waits is told.
import type { NodeSighting } from '../../../protocol/objects/node-directory.ts';
import { mintRequestId } from '../../../protocol/request-id.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { askStatus, type StatusAnswer } from './ask-status.ts';
import { NodeCooling } from './node-cooling.ts';
import { placeOf, type NodeTarget } from './node-target.ts';
import type { NodeView } from './node-view.ts';

type Caller = Pick<GatewayCall, 'env' | 'config'>;

export class WatchedNode {
  /** As the list has it now. */
  target: NodeTarget;
  /** How calls fared there, as isolates tell. */
  readonly cooling = new NodeCooling();
  readonly #caller: Caller;
  #looking: Promise<void> | null = null;
  /** Something has changed since the look that runs was begun. */
  #isOutrun = false;
  /** `at`: when it was asked; of one that gave no answer, when it was given up. */
  #found: { answer: StatusAnswer; at: number } | null = null;

  private constructor(caller: Caller, target: NodeTarget) {
    this.#caller = caller;
    this.target = target;
  }

  /** A node that is new here, and looked at from now on. */
  static lookedAt(caller: Caller, target: NodeTarget): WatchedNode {
    const node = new WatchedNode(caller, target);
    node.look(-Infinity);
    return node;
  }

  /** The look that runs; null: none. Never rejects. */
  get looking(): Promise<void> | null {
    return this.#looking;
  }

  /** Looks, unless that is being done. One that was given up after `notBefore` is not waited for again. */
  look(notBefore: number): void {
    if (this.#found?.answer.ok === false && this.#found.at >= notBefore) return;
    this.#looking ??= this.#look();
  }

  /** Something has changed there. A look that runs may have been begun too early to see it: then another one follows. */
  lookAnew(): void {
    if (this.#looking === null) this.look(Infinity);
    else this.#isOutrun = true;
  }

  /** Null while it is looked at: what it was is no answer then. */
  view(): NodeView | null {
    if (this.#found === null || this.#looking !== null) return null;
    return { target: this.target, seen: this.#found.answer, lastModels: null };
  }

  describe(now: number): NodeSighting {
    return { ...placeOf(this.target), found: this.#describeFound(now), trouble: this.cooling.tell(now) };
  }

  #describeFound(now: number): NodeSighting['found'] {
    if (this.#found === null) return null;
    const { answer, at } = this.#found;
    const agoMs = now - at;
    if (answer.ok) return { agoMs, ok: true, status: answer.status };
    const { code, reason } = answer.error;
    return { agoMs, ok: false, code: code === 'node_error' ? code : 'node_offline', reason: reason ?? code };
  }

  async #look(): Promise<void> {
    const begunAt = steadyNow();
    try {
      const answer = await askStatus({ ...this.#caller, requestId: mintRequestId() }, this.target);
      this.#found = { answer, at: answer.ok ? begunAt : steadyNow() };
    } finally {
      this.#looking = null;
    }
    if (!this.#isOutrun) return;
    this.#isOutrun = false;
    this.look(Infinity);
  }
}
