// Before somebody asks who used what: whatever this gateway still has to settle.
import type { GatewayCall } from '../gateway-call.ts';

export const collectUsage: (call: GatewayCall) => Promise<void> = () => Promise.resolve();
