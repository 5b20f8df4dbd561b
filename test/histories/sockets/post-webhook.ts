// One delivery of a webhook over HTTP.
import http from 'node:http';

/**
 * The status; throws where there is no answer. `cutOff`: the connection ends before the last bytes. `waits`: ms of the machine's
 * clock.
 */
export function postWebhook(
  port: number | undefined,
  headers: Record<string, string>,
  body: Buffer,
  { cutOff, waits }: { cutOff: boolean; waits: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    if (port === undefined) return reject(new Error('refused'));
    const options = { host: '127.0.0.1', port, method: 'POST', path: '/', headers, agent: false };
    const outgoing = http.request(options, (response) => {
      response.resume();
      response.once('error', reject).once('end', () => resolve(response.statusCode!));
    });
    const limit = setTimeout(() => outgoing.destroy(new Error('time-out')), waits);
    outgoing.once('error', reject).once('close', () => clearTimeout(limit));
    outgoing.setHeader('content-length', body.length);
    if (!cutOff) return void outgoing.end(body);
    outgoing.write(body.subarray(0, body.length - 20), () => outgoing.destroy(new Error('cut off')));
  });
}
