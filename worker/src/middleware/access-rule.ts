// What guards a route: resolves when the caller may go on, throws an `ApiError` when not. The rule is called before anything
// of the request but its headers is read. (`requireAdmin` is one; `requireApiKey` is the other.)
import type { GatewayContext } from './gateway-context.ts';

export type AccessRule<Caller = void> = (context: GatewayContext) => Promise<Caller>;
