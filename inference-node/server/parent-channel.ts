// What the node and the program that started it tell each other, when that one holds an IPC channel (protocol's
// node-process.ts). A node started by hand has none: everything here then does nothing.
import { nodeProcessCommandSchema, type NodeProcessMessage } from '../../protocol/node/node-process.ts';

export type ParentChannel = {
  /** Resolves when the message is handed over, or cannot be. */
  tell: (message: NodeProcessMessage) => Promise<void>;
};

export type ParentListeners = {
  onDrain: (deadlineMs: number) => void;
  /** The parent is gone. */
  onGone: () => void;
};

/** Opens the channel of this process. */
export function openParentChannel({ onDrain, onGone }: ParentListeners): ParentChannel {
  process.on('message', (message) => {
    const command = nodeProcessCommandSchema.safeParse(message);
    if (command.success) onDrain(command.data.deadlineMs);
  });
  process.once('disconnect', onGone);
  return {
    tell: (message) =>
      new Promise((resolve) => {
        if (process.send === undefined || !process.connected) resolve();
        else
          process.send(message, undefined, {}, () => {
            resolve();
          });
      }),
  };
}
