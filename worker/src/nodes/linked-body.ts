// An answer's body from over the link: a few pieces are asked for ahead of whoever reads, and no more, so that a slow reader holds the
// node back.
import { LINK_READ_AHEAD, type LinkPiece } from '../../../protocol/node/node-link.ts';

export type LinkedBodySource = {
  read: () => Promise<LinkPiece>;
  /** The body is whole. */
  end: () => void;
  /** Nobody reads on, or nothing more comes. */
  cancel: () => void;
};

export function linkedBody({ read, end, cancel }: LinkedBodySource): ReadableStream<Uint8Array> {
  const ahead: Promise<LinkPiece>[] = [];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          while (ahead.length < LINK_READ_AHEAD) ahead.push(readQuietly(read));
          const piece = await ahead.shift();
          if (piece !== undefined && piece.bytes.length > 0) controller.enqueue(piece.bytes);
          if (piece?.done === false) return;
          end();
          controller.close();
        } catch (error) {
          cancel();
          controller.error(error);
        }
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

/** A piece that fails after the one that ended the body concerns nobody. */
function readQuietly(read: () => Promise<LinkPiece>): Promise<LinkPiece> {
  const piece = read();
  piece.catch(() => undefined);
  return piece;
}
