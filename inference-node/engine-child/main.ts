// Entry of the engine's process. It lives exactly as long as its parent: when the channel to it closes, this process ends
// at once, whatever it is doing.
import process from 'node:process';
import { EngineHost } from './engine-host.ts';
import type { ChildMessage, ParentMessage } from '../engine/engine-messages.ts';

const host = new EngineHost((message: ChildMessage) => {
  if (process.connected) process.send?.(message);
});

process.on('disconnect', endNow);
// The parent decides when it ends; a Ctrl-C in the terminal reaches the whole group.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

process.on('message', (message: ParentMessage) => {
  switch (message.type) {
    case 'load':
      void host.load(message);
      return;
    case 'generate':
      host.generate(message.id, message.request);
      return;
    case 'ask':
      host.ask(message.id, message.asker, message.question);
      return;
    case 'cancel':
      host.cancel(message.id);
      return;
    case 'close':
      void end();
      return;
  }
});

async function end(): Promise<void> {
  await host.close();
  process.disconnect();
}

/** Native threads may be decoding: only a kill ends them without running destructors under their feet. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
