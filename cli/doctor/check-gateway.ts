// Whether the gateway can be reached and takes the admin token, how far its clock is from this one, and what it finds itself.
import { checkClock, passed, type Check } from '../../protocol/admin/check.ts';
import { AdminClient } from '../admin-client/admin-client.ts';
import { locateGateway, type LocationOptions } from '../admin-client/gateway-location.ts';
import { CliFailure } from '../cli-failure.ts';
import type { CliEnvironment } from '../config/environment.ts';

const CLOCK_LIMIT_MS = 10_000;

/** Never rejects for what an operator can mend. */
export async function checkGateway(options: LocationOptions, environment: CliEnvironment): Promise<Check[]> {
  try {
    const target = await locateGateway(options, environment);
    const checks = await new AdminClient(target).checks();
    const reached = passed('gateway', `${target.gateway} answers and takes the admin token`);
    return [reached, ...(await checkGatewayClock(target.gateway)), ...checks];
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    // Its sentence says what is wrong and how to mend it.
    return [{ name: 'gateway', outcome: 'failed', detail: error.message, remedy: null }];
  }
}

async function checkGatewayClock(gateway: string): Promise<Check[]> {
  try {
    const response = await fetch(`${gateway}/health`, {
      redirect: 'error',
      signal: AbortSignal.timeout(CLOCK_LIMIT_MS),
    });
    await response.body?.cancel();
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? [] : [checkClock('clock', (date - Date.now()) / 1000, "the gateway's clock")];
  } catch {
    return [];
  }
}
