// Takes the lock of the state folder given, says so to its parent, and keeps it until it is killed.
import { openStateFolder } from '../../cli/state-folder/state-folder.ts';
import { lockStateFolder } from '../../cli/state-folder/state-lock.ts';

const lock = await lockStateFolder(await openStateFolder(process.argv[2] ?? ''));
process.send?.('locked');
process.once('disconnect', () => {
  lock.release();
});
