// What becomes of a delivery when the receiver fails in one of the recorded ways: how often it is called, and what the
// server keeps of it. Gitea waits 5 s; here 300 ms, so that nobody has to wait.

import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGiteaStandIn } from '../../../stand-ins/gitea/index.ts';
import { headerOf, type Receiver, startReceiver } from './receiver.ts';
import { readJson } from './recorded-history.ts';

type Experiment = {
  name: string;
  arrivals: {
    method: string;
    path: string;
    body_bytes: number;
    signature_present: boolean;
    content_type: string | null;
  }[];
  history: {
    is_delivered: number;
    is_succeed: number;
    response: { status: number; headers: Record<string, string>; body: string };
  }[];
};

const TIMEOUT_MS = 300;
const HOOK = 'http://127.0.0.1:9555';

/** The recorder's answers, by the last part of the address. */
function answerTo(request: IncomingMessage, response: ServerResponse): void {
  const name = request.url!.replace('/hook/', '');
  const text = (status: number, body: string) => {
    response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': body.length, Server: 'recorder' });
    response.end(body);
  };
  const redirect = (status: number, Location: string) => {
    response.writeHead(status, { Location }).end();
  };
  const answers: Record<string, () => void> = {
    'http-500': () => text(500, 'broken\n'),
    'http-404': () => text(404, 'no\n'),
    'http-202': () => text(202, ''),
    'http-204': () => {
      response.writeHead(204, { Server: 'recorder' }).end();
    },
    'hang-8-s': () => {},
    'slow-4-s': () => {
      setTimeout(() => text(200, 'slow\n'), TIMEOUT_MS / 4);
    },
    'trickling-body': () => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('y');
    },
    'redirect-307-other-host': () => redirect(307, 'http://receiver.example.test/hook'),
    'redirect-loop': () => redirect(307, '/hook/redirect-loop'),
    'connection-closed': () => {
      request.socket.destroy();
    },
    'large-answer': () => text(200, 'y'.repeat(3_000_000)),
  };
  for (const status of [301, 302, 303, 307, 308])
    answers[`redirect-${status}`] = () => redirect(status, '/hook/target');
  (answers[name] ?? (() => text(200, 'ok\n')))();
}

describe('a delivery', () => {
  const { experiments } = readJson<{ experiments: Experiment[] }>('gitea/failures.json');
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver(answerTo);
  });
  afterEach(() => receiver.close());

  for (const experiment of experiments) {
    it(`is tried and kept as recorded: ${experiment.name}`, async () => {
      const gitea = await createGiteaStandIn({
        webhooks: { delayMs: 0, timeoutMs: TIMEOUT_MS },
      });
      try {
        const fleet = gitea.createRepository('ada/mlops-gitops');
        fleet.createWebhook({ url: addressOf(experiment.name, receiver.url), secret: 'recording-secret' });
        fleet.commit({ files: { 'README.md': 'x\n' }, message: 'x' });
        await gitea.idle();
        assert.deepEqual(
          receiver.received.map((one) => ({
            method: one.method,
            path: one.path,
            has_body: one.body.length > 0,
            signature_present: headerOf(one, 'X-Gitea-Signature') !== undefined,
            content_type: headerOf(one, 'Content-Type') ?? null,
          })),
          experiment.arrivals.map(({ method, path, body_bytes, signature_present, content_type }) => {
            return { method, path, has_body: body_bytes > 0, signature_present, content_type };
          }),
        );
        assert.equal(gitea.deliveries().length, experiment.history.length);
        const [{ is_succeed, response }] = experiment.history as [Experiment['history'][0]];
        const [{ succeeded, state, response: kept }] = gitea.deliveries() as [ReturnType<typeof gitea.deliveries>[0]];
        assert.equal(state, 'done');
        assert.equal(succeeded, is_succeed === 1);
        assert.equal(kept!.status, response.status);
        assert.equal(shortened(kept!.body), response.body.replace(HOOK, receiver.url));
        for (const name of ['Content-Type', 'Content-Length']) {
          assert.equal(kept!.headers[name], response.headers[name], name);
        }
      } finally {
        await gitea.close();
      }
    });
  }
});

function addressOf(name: string, receiver: string): string {
  switch (name) {
    case 'closed-port':
      return 'http://127.0.0.1:9/hook';
    case 'name-not-resolvable':
      return 'http://receiver.example.test/hook';
    default:
      return `${receiver}/hook/${name}`;
  }
}

/** The recording cuts a long body and says how long it was; which name server was asked is that of the machine. */
function shortened(body: string): string {
  if (body.length > 1000) return `${body.slice(0, 100)}... (${body.length} characters)`;
  return body.replace('receiver.example.test: no such host', 'receiver.example.test on 192.0.2.53:53: no such host');
}
