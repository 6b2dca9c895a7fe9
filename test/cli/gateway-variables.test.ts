// What `hearthkey up` sets for its gateway, over what holds at the edge.
import { describe, expect, it } from 'vitest';
import { PROJECT_FILES } from '../../cli/config/project-files.ts';
import { readWranglerSettings } from '../../cli/gateway-host/wrangler-settings.ts';
import { createSigningKey } from '../../cli/state-folder/gateway-secrets.ts';
import { gatewayVariables } from '../../cli/up/gateway-variables.ts';
import { gatewayConfigSchema } from '../../worker/src/config/gateway-config-schema.ts';

describe('a client that has left while it waited', () => {
  it('is noticed within 100 ms by a gateway of `up`, and by one at the edge within the second that its bill bears', async () => {
    const { vars } = await readWranglerSettings(PROJECT_FILES.wranglerConfig);
    const own = await gatewayVariables({
      options: { fallbacks: {}, allowedOrigins: undefined, maxBodyBytes: undefined },
      secrets: { version: 1, keyCheckSecret: 'x'.repeat(43), nodeSigningKey: createSigningKey() },
      adminToken: 'an admin token',
      clientAddressTrust: 'none',
      nodeOrigin: 'link:home',
    });
    expect(gatewayConfigSchema.parse({ ...vars, ...own }).signIntervalMs).toBeLessThan(100);
    expect(gatewayConfigSchema.parse({ ...own, ...vars }).signIntervalMs).toBe(1_000);
  });
});
