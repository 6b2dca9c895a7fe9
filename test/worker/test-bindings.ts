// Secrets for the tests in workerd, in place of those in .dev.vars. Known to everybody, so good for nothing else.

/** The root admin token of the gateway under test, until a test resets it. */
export const TEST_ADMIN_TOKEN = 'hka_TestAdmin0000000_ex5bgUNF0f18PXy7CdSv0IhZd768kmV3X163eoNkegxPrfTUpp2';
export const TEST_KEY_CHECK_SECRET = 'test-only-key-check-secret-of-the-worker-tests';

/** Both halves of the key that signs calls to nodes. */
export const TEST_NODE_SIGNING_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'test',
  x: 'q2fj63G8U6i7mAIP-SRyaPtNPg_5qbIXV78t3OUEDTo',
  d: 'm_kLj86tssDPkZbnFBl4ljiNDbI1v60SkiQfZg_abCA',
} as const;

/** What `env` holds in tests beside the bindings of wrangler.toml. */
export const TEST_BINDINGS = {
  KEY_CHECK_SECRET: TEST_KEY_CHECK_SECRET,
  NODE_SIGNING_KEY: JSON.stringify(TEST_NODE_SIGNING_KEY),
  ADMIN_TOKEN_DIGEST: '2LL31AZ1NRHEV-Yaw6rMPYnR34ZkvA1Hfvk4ZDmjwYA',
  DEV_API_KEY: '',
  /** Long enough that a permit outlives the next question, short enough that revocations wait for nothing. */
  ADMISSION_PERMIT_MS: '40',
};
