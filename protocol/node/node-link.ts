// The link: what a node that dials out and its gateway say to each other over Cap'n Web (npm `capnweb`). Calls go as plain values, and
// bodies in pieces that the receiver asks for or acknowledges, so that neither side can be filled by the other. Every value that
// crosses is parsed by these schemas.
import * as z from 'zod';
import { NODE_HEADER } from '../headers.ts';
import { nodeIdSchema } from './node-id.ts';
import { MAX_PUBLISHED_KEYS } from './node-signing-key.ts';
import { protocolVersionSchema } from './protocol-version.ts';

/** `GET` says whom a node token belongs to; with an upgrade to WebSocket it opens the link. */
export const LINK_PATH = '/_node/link';

/** How often the gateway asks whether the node is there, in milliseconds. */
export const LINK_BEAT_MS = 4_000;
/** A side that hears nothing for this long takes the link for dead; each looks once a beat, so within 15 s of the last sign. */
export const LINK_SILENCE_MS = 10_000;
/** How long after a frame the next one waits, to take more messages along; urgent ones do not. Milliseconds. */
export const LINK_WINDOW_MS = 2;
/** The longest WebSocket message, in characters: what Cloudflare's platform has always taken, in bytes. */
export const MAX_LINK_FRAME_LENGTH = 1_048_576;
/** The largest piece of an answer, in bytes. */
export const MAX_LINK_PIECE_BYTES = 65_536;
/** The largest part of a request's body in one message: as base64, and with what is around it, less than a frame. */
export const MAX_LINK_PART_BYTES = 524_288;
/** The largest request body: what a gateway can be configured to take, and what it writes out when it rebuilds one. */
export const MAX_LINK_BODY_BYTES = 16 * 1_048_576;
/** Values here are flat. */
export const MAX_LINK_DEPTH = 8;
/** Of one link; a node answers fewer at once, and queues the rest. */
export const MAX_LINK_CALLS = 512;
/** Pieces of one answer that are asked for before the last one has come: hides the way there and back. */
export const LINK_READ_AHEAD = 4;

/** Why the gateway closes a link, as WebSocket close codes. */
export const LINK_CLOSE = {
  /** Another process came with the same token: it has the link now. */
  replaced: 4001,
  /** The token does not work any more. */
  tokenEnded: 4003,
  /** Nothing was heard for too long, or something that is not of this protocol. */
  broken: 4008,
  /** The gateway stops. "Going away", RFC 6455, section 7.4.1. */
  stopping: 1001,
} as const;

/** What `GET /_node/link` tells whoever presents a node token. */
export const linkHelloSchema = z.object({
  object: z.literal('node_link'),
  node_id: nodeIdSchema,
  protocol_version: protocolVersionSchema,
  oldest_protocol_version: protocolVersionSchema.optional(),
  /** The gateway's public keys, as a JWKS (RFC 7517): calls are signed with one of them. */
  jwks: z.object({ keys: z.array(z.record(z.string(), z.string().max(256))).max(MAX_PUBLISHED_KEYS) }),
});

/** Names a call on one link, chosen by the gateway. */
export const linkCallIdSchema = z.int().min(1);

const bytesSchema = (maxBytes: number) =>
  z
    .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes')
    .refine(({ length }) => length <= maxBytes, `must have at most ${maxBytes} bytes`);

/** The request headers that a node is told; others are refused. */
const requestHeadersSchema = z.strictObject({
  authorization: z.string().max(8_192),
  accept: z.string().max(128),
  'x-request-id': z.string().max(128),
  'content-type': z.string().max(128).optional(),
});

/** A body that is longer than its first part goes on with `write`. */
const requestBodySchema = z.strictObject({
  length: z.int().min(0).max(MAX_LINK_BODY_BYTES),
  part: bytesSchema(MAX_LINK_PART_BYTES),
});

export const linkCallSchema = z.strictObject({
  id: linkCallIdSchema,
  method: z.enum(['GET', 'POST']),
  path: z.string().startsWith('/').max(16_384),
  headers: requestHeadersSchema,
  body: requestBodySchema.nullable(),
});
export type LinkCall = z.infer<typeof linkCallSchema>;

/** The next part of a call's body. */
export const linkPartSchema = z.strictObject({ id: linkCallIdSchema, part: bytesSchema(MAX_LINK_PART_BYTES) });
export type LinkPart = z.infer<typeof linkPartSchema>;

/** The answer's headers that the gateway reads. */
export const LINK_ANSWER_HEADERS = ['content-type', 'retry-after', ...Object.values(NODE_HEADER)] as const;

/** Bytes of an answer's body; `done`: there are no more after them. Only what is done may be empty. */
export const linkPieceSchema = z
  .strictObject({ bytes: bytesSchema(MAX_LINK_PIECE_BYTES), done: z.boolean() })
  .refine(({ bytes, done }) => done || bytes.length > 0, 'an empty piece ends the body');
export type LinkPiece = z.infer<typeof linkPieceSchema>;

/** `piece` null: the body is to be asked for. A short body comes whole with its headers. */
export const linkAnswerSchema = z.strictObject({
  status: z.int().min(200).max(599),
  headers: z.partialRecord(z.enum(LINK_ANSWER_HEADERS), z.string().max(256)),
  piece: linkPieceSchema.refine(({ done }) => done, 'only a whole body comes with its headers').nullable(),
});
export type LinkAnswer = z.infer<typeof linkAnswerSchema>;

/** What the node offers to its gateway; nothing else can be called. A call that is not known, or over its bounds, rejects. */
export interface LinkedNode {
  /** Makes a call. Resolves when status and headers are there. */
  call(call: LinkCall): Promise<LinkAnswer>;
  /** The next part of a call's body. Resolves when there is room for another. */
  write(part: LinkPart): Promise<null>;
  /** Waits for bytes of the answer's body; at most `LINK_READ_AHEAD` at once for each call, answered in turn. */
  read(id: number): Promise<LinkPiece>;
  /** Ends a call, in whatever state it is; one that has ended is passed over. */
  cancel(id: number): Promise<null>;
  /** A sign of life. */
  beat(): Promise<null>;
}
