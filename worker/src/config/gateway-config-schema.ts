// The gateway's settings: every variable, its bounds and its default, in one place. docs/configuration.md explains each.
import * as z from 'zod';
import { MIN_CHECK_SECRET_LENGTH } from '../../../protocol/credentials/credential-check.ts';
import { modelIdSchema } from '../../../protocol/inference/model-id.ts';
import { nodeIdSchema } from '../../../protocol/node/node-id.ts';
import {
  MAX_PUBLISHED_KEYS,
  nodePublicKeySchema,
  nodeSigningKeySchema,
} from '../../../protocol/node/node-signing-key.ts';
import { parseJson } from '../../../protocol/parse-json.ts';

/** 1 MiB: far more than any prompt that the usual contexts hold. */
const DEFAULT_MAX_BODY_BYTES = 1_048_576;
/** Above this the isolate's 128 MB could not hold body, text, parsed value and forwarded copy of a few calls. */
const LARGEST_MAX_BODY_BYTES = 8_388_608;
/** A log that lags more than this would be of no use while one looks at it. */
const LONGEST_LOG_BATCH_MS = 5_000;
/** A second: a key in use costs its account one question a second, and a revocation waits no longer than people do. */
const DEFAULT_ADMISSION_PERMIT_MS = 1_000;
const LONGEST_ADMISSION_PERMIT_MS = 5_000;
/** A long prompt on a slow CPU takes minutes until the whole answer is there. */
const DEFAULT_NODE_TIMEOUT_SECONDS = 600;
/** Whole answers are waited for without a timer of their own for 2 s. */
const SHORTEST_NODE_TIMEOUT_SECONDS = 3;
const LONGEST_NODE_TIMEOUT_SECONDS = 86_400;

/** A second: at the edge every sign costs CPU time, which is billed, or bounded for each call (decision 6). */
const DEFAULT_SIGN_INTERVAL_MS = 1_000;
/** More often, signs would be most of what a gateway with many waiting calls does. */
const SHORTEST_SIGN_INTERVAL_MS = 20;
/** A client that has left keeps its place on the node for so long. */
const LONGEST_SIGN_INTERVAL_MS = 10_000;

/** Of one model: each is a look at what nodes serve. */
const MAX_FALLBACKS = 8;

/** Before the id of a node that dials in. */
const LINK_SCHEME = 'link:';

const urlOriginSchema = z.url({ protocol: /^https?$/ }).transform((text, context) => {
  const url = new URL(text);
  if (url.pathname === '/' && url.search === '' && url.username === '') return { url: url.origin, link: null };
  context.addIssue('an origin is scheme, host and port only');
  return z.NEVER;
});

const originSchema = z.string().transform((text, context) => {
  const link = text.startsWith(LINK_SCHEME) ? nodeIdSchema.safeParse(text.slice(LINK_SCHEME.length)) : null;
  if (link?.success === true) return { url: null, link: link.data };
  const origin = link === null ? urlOriginSchema.safeParse(text) : link;
  if (origin.success) return origin.data;
  context.addIssue(origin.error.issues[0]?.message ?? 'is no origin');
  return z.NEVER;
});

const jsonText = z.string().transform((text, context): unknown => {
  const value = parseJson(text);
  if (value !== undefined) return value;
  context.addIssue('must be a JSON text');
  return z.NEVER;
});

/** One place is that of the key that signs. */
const nodePublicKeysSchema = z
  .object({ keys: z.array(nodePublicKeySchema).max(MAX_PUBLISHED_KEYS - 1) })
  .transform(({ keys }) => keys);

/** `{"large": ["medium", "small"]}`: for a model, those that answer in its place when no node can, in order. */
const modelFallbacksSchema = z
  .record(modelIdSchema, z.array(modelIdSchema).min(1).max(MAX_FALLBACKS))
  .transform((models) => new Map(Object.entries(models)));

const checkSecretSchema = z.string().min(MIN_CHECK_SECRET_LENGTH);

const allowedOriginsSchema = z.string().transform((text) =>
  text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== ''),
);

export const gatewayConfigSchema = z
  .object({
    NODE_ORIGIN: originSchema,
    NODE_ID: nodeIdSchema.default('home'),
    /** Ed25519 private key as a JSON Web Key with `kid` (protocol/node/node-signing-key.ts). */
    NODE_SIGNING_KEY: jsonText.pipe(nodeSigningKeySchema),
    /** A JWKS of the keys that are published beside it, while one replaces the other. */
    NODE_PUBLIC_KEYS: jsonText.pipe(nodePublicKeysSchema).default([]),
    /** What the check of every credential is computed under. The previous one still verifies, while it is being rotated. */
    KEY_CHECK_SECRET: checkSecretSchema,
    KEY_CHECK_SECRET_PREVIOUS: checkSecretSchema.optional(),
    /** SHA-256 of the root admin token, base64url. Read by the Registry, which takes it over when it is a new one. */
    ADMIN_TOKEN_DIGEST: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 in base64url: 43 characters'),
    /** A key that is public knowledge, for `wrangler dev`. Empty everywhere else. */
    DEV_API_KEY: z.string().default(''),
    NODE_TIMEOUT_SECONDS: z.coerce
      .number()
      .int()
      .min(SHORTEST_NODE_TIMEOUT_SECONDS)
      .max(LONGEST_NODE_TIMEOUT_SECONDS)
      .default(DEFAULT_NODE_TIMEOUT_SECONDS),
    ADMISSION_PERMIT_MS: z.coerce
      .number()
      .int()
      .min(0)
      .max(LONGEST_ADMISSION_PERMIT_MS)
      .default(DEFAULT_ADMISSION_PERMIT_MS),
    SIGN_INTERVAL_MS: z.coerce
      .number()
      .int()
      .min(SHORTEST_SIGN_INTERVAL_MS)
      .max(LONGEST_SIGN_INTERVAL_MS)
      .default(DEFAULT_SIGN_INTERVAL_MS),
    LOG_BATCH_MS: z.coerce.number().int().min(0).max(LONGEST_LOG_BATCH_MS).default(0),
    MODEL_FALLBACKS: jsonText.pipe(modelFallbacksSchema).default(new Map()),
    ALLOWED_ORIGINS: allowedOriginsSchema.default([]),
    MAX_BODY_BYTES: z.coerce.number().int().min(1024).max(LARGEST_MAX_BODY_BYTES).default(DEFAULT_MAX_BODY_BYTES),
    CLIENT_ADDRESS_TRUST: z.enum(['cloudflare', 'proxy', 'none']).default('none'),
  })
  .transform((vars) => ({
    /** Where the inference node is: scheme, host and port; null: at the end of its link, which it dials itself. */
    nodeOrigin: vars.NODE_ORIGIN.url,
    /** Over a link it is the link's, whatever NODE_ID says. */
    nodeId: vars.NODE_ORIGIN.link ?? vars.NODE_ID,
    nodeSigningKey: vars.NODE_SIGNING_KEY,
    nodePublicKeys: vars.NODE_PUBLIC_KEYS,
    keyCheckSecret: vars.KEY_CHECK_SECRET,
    previousKeyCheckSecret: vars.KEY_CHECK_SECRET_PREVIOUS ?? null,
    /** SHA-256 of the root admin token that the deployment names; the Registry may have replaced it. */
    adminTokenDigest: vars.ADMIN_TOKEN_DIGEST,
    /** While set, only this machine is answered. */
    devApiKey: vars.DEV_API_KEY === '' ? null : vars.DEV_API_KEY,
    /** How long an inference call may take until the node's answer begins, in milliseconds. */
    nodeTimeoutMs: vars.NODE_TIMEOUT_SECONDS * 1000,
    /** How long a permission may be used again without asking the Account, in milliseconds; 0: it is asked every time. */
    admissionPermitMs: vars.ADMISSION_PERMIT_MS,
    /** How often a waiting client is sent a sign of life, and so how late it is noticed that it has left, in milliseconds. */
    signIntervalMs: vars.SIGN_INTERVAL_MS,
    /** Request log lines are written together after this time, in milliseconds; 0: each at once. */
    logBatchMs: vars.LOG_BATCH_MS,
    /** By model id: the models that answer in its place when no node can, in order. */
    modelFallbacks: vars.MODEL_FALLBACKS,
    /** Web origins that may call from a browser; `['*']`: any; empty: none. */
    allowedOrigins: vars.ALLOWED_ORIGINS,
    maxBodyBytes: vars.MAX_BODY_BYTES,
    clientAddressTrust: vars.CLIENT_ADDRESS_TRUST,
  }));

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;
