// Connections of a client: kept open between calls, or used once. One pool per host and CA, as Node's agents keep them.
import type { Agent, request } from 'node:http';

export interface Connections {
  /** Node's own function for this scheme. */
  request: typeof request;
  kept: Agent;
  single: Agent;
}

/** ms per address of a host that has several. Node's 250 cut off every address of a distant host (nodejs/node#54359). */
const autoSelectFamilyAttemptTimeout = 2_000;

/** By scheme, opened when first asked for: TLS costs 3 ms of a start from zero that a broker inside the cluster never needs. */
export function createConnections(): (protocol: string) => Promise<Connections> {
  const opened = new Map<string, Promise<Connections>>();
  return (protocol) => {
    const known = opened.get(protocol) ?? open(protocol);
    opened.set(protocol, known);
    return known;
  };
}

async function open(protocol: string): Promise<Connections> {
  const { default: scheme } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  return {
    request: scheme.request,
    kept: new scheme.Agent({ keepAlive: true, autoSelectFamilyAttemptTimeout }),
    single: new scheme.Agent({ keepAlive: false, autoSelectFamilyAttemptTimeout }),
  };
}
