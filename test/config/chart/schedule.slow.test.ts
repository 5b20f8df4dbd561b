import assert from 'node:assert/strict';
import { tool } from '../../tool.ts';
import { render, workshop } from './helm.ts';

describe('when the chart lets compare', () => {
  it('every half hour at minutes of its own, or when it is told', async function () {
    const helm = tool(this, 'HELM');
    const own = (await render(helm, workshop)).get('PingSource').spec.schedule as string;
    const [, first, second] = /^(\d+),(\d+) \* \* \* \*$/.exec(own)!.map(Number);
    assert.ok(first! < 30);
    assert.equal(second, first! + 30);
    const told = await render(helm, { ...workshop, reconcile: { schedule: '*/10 * * * *' } });
    assert.equal(told.get('PingSource').spec.schedule, '*/10 * * * *');
    const alone = await render(helm, { ...workshop, mode: 'deployment' });
    assert.equal(alone.get('CronJob', 'reconcile').spec.schedule, own);
  });
});
