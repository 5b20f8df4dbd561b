import assert from 'node:assert/strict';
import { gitea } from '../../../forges/gitea/index.ts';
import { eventOf } from '../../../functions/gitea-source/webhook-event.ts';

describe('the event of a webhook', () => {
  it('is refused when nothing says where the webhook comes from', () => {
    const receipt = { time: '2026-11-02T09:30:00.000Z', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
    const delivery = { id: 'd1', event: 'package', eventType: 'package', payload: {}, text: '{}' };
    assert.throws(() => eventOf(delivery, gitea, receipt), { name: 'StopError', status: 422 });
  });
});
