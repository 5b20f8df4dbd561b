// Connections of a client: kept open between calls, or used once. One pool per host and CA, as Node's agents keep them.
import http from 'node:http';
import https from 'node:https';

interface Pair {
  http: http.Agent;
  https: https.Agent;
}

/** ms per address of a host that has several. Node's 250 cut off every address of a distant host (nodejs/node#54359). */
const autoSelectFamilyAttemptTimeout = 2_000;

export function agents(): { kept: Pair; single: Pair } {
  return { kept: pair(true), single: pair(false) };
}

function pair(keepAlive: boolean): Pair {
  const options = { keepAlive, autoSelectFamilyAttemptTimeout };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}
