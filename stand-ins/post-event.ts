// Posts an event to a broker as anybody can who reaches it.
import { randomBytes } from 'node:crypto';

/** `attributes`: those beside specversion. Resolves with the broker's status, when all deliveries of the event have ended. */
export async function postEvent(broker: string, attributes: Record<string, string>, data: object): Promise<number> {
  const response = await fetch(broker, {
    method: 'POST',
    headers: {
      'ce-specversion': '1.0',
      ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value])),
      'content-type': 'application/json',
      // So that whatever follows belongs to this event.
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    },
    body: JSON.stringify(data),
  });
  await response.arrayBuffer();
  return response.status;
}
