// The way to the broker, and what becomes of events on it: lost, doubled, replayed, late or cut off, as a history says.
import { copied } from '../broker.ts';
import type { Outage } from '../history.ts';
import { type Answer, NoAnswer, type Request } from '../network.ts';
import type { Play } from './course.ts';
import { ignoreNoAnswer } from './forward.ts';
import type { Upstream } from './wire.ts';

export interface WayToBroker {
  withFate: Upstream;
  /** For who is no function: pings and forged events. */
  past: Upstream;
}

export function createWayToBroker(play: Play, forward: Upstream, down: ReadonlySet<Outage['of']>): WayToBroker {
  const { history, time, coverage } = play;
  let taken = 0;

  const past: Upstream = async (request, passing) => {
    if (down.has('broker')) throw new NoAnswer('refused');
    return forward(request, passing);
  };

  const withFate: Upstream = async (request, passing) => {
    if (down.has('broker')) throw new NoAnswer('refused');
    const type = request.headers['ce-type'];
    const nth = taken++;
    const fate = play.healed ? undefined : history.eventFates.find((one) => one.nth === nth)?.fate;
    if (fate !== undefined) {
      coverage.count(`event ${fate}`);
      time.note(`event ${type} is ${fate}`);
    }
    const again = (pause: number, what: Request) => {
      const alone = { ...passing, gone: new AbortController().signal };
      time.after(pause, () => void play.track(past(what, alone).then(() => {}, ignoreNoAnswer)));
    };
    switch (fate) {
      case 'lost':
        play.lose(`${type} in the broker`);
        return taken202;
      case 'doubled':
        again(time.between(0, 5_000), request);
        break;
      case 'replayed':
        again(time.between(500, 20_000), copyOf(request));
        break;
      case 'late':
        await time.pause(time.between(500, 9_000));
        break;
      case 'cut off':
        return forward({ ...request, body: request.body.subarray(0, request.body.length - 20) }, passing);
    }
    return forward(request, passing);
  };

  return { withFate, past };
}

const taken202: Answer = { status: 202, headers: {}, body: Buffer.alloc(0) };

/** As somebody who kept it would send it: with an id of its own, and not in its trace. */
function copyOf(request: Request): Request {
  const { traceparent: _, 'ce-traceparent': __, ...headers } = request.headers;
  return { ...request, headers: { ...headers, 'ce-id': `${headers['ce-id']}${copied}` } };
}
