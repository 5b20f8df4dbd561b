// Five thousand events in the view: what is in the document stays bounded, all of it can still be reached, and an event costs the
// page no more than it did when there were few.
import assert from 'node:assert/strict';
import { connected, labelled, press, stageOf, verdict, visit } from './opened.ts';

/** Elements of a page that is as full as it gets: a page of stories, one of them open, and the panels. */
const maxElements = 4_000;

describe('console with five thousand events', () => {
  const stage = stageOf();

  /** Events of many stories, as the recorder would note them. */
  function flood(from: number, n: number): void {
    const { happenings } = stage.opened.console;
    for (let i = from; i < from + n; i += 1) {
      const about = {
        id: `made-${i}`,
        type: 'dev.mlops.model.promoted.v1',
        trace: `made-${i}`,
        subject: `prod/m${i}`,
        says: `Git deploys m${i} 1 in prod`,
      };
      happenings.add('event', { ...about, to: ['registry-writer'] });
      happenings.add('attempt', {
        ...about,
        trigger: 'registry-writer',
        to: 'subscriber',
        number: 1,
        ms: 5,
        status: 202,
      });
    }
  }

  it('keeps the document bounded, every story in reach, and works on', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url);
    const elements = () => page.evaluate('document.querySelectorAll("*").length') as Promise<number>;
    const seen = async () => {
      const last = stage.opened.console.happenings.all().at(-1)!.seq;
      await page.locator(`#connection[data-seen="${last}"]`).waitFor();
    };
    const few = await elements();
    // The work of the page itself: time in its own tasks, as the browser counts it.
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const busy = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')!.value;
    };
    const costs: number[] = [];
    for (let part = 0; part < 10; part += 1) {
      const before = await busy();
      flood(part * 250, 250);
      await seen();
      costs.push((await busy()) - before);
    }
    const many = await elements();
    assert.ok(many < maxElements, `${many} elements`);
    assert.ok(many - few < 1_000, `${few} elements have become ${many}`);
    // With everything in view a further event costs about what it did at first: no work grows with all there is.
    const ratio = (costs[8]! + costs[9]!) / (costs[1]! + costs[2]!);
    console.log(
      `      500 events among 5,000 cost ${ratio.toFixed(2)} times what they cost among 1,000; ${many} elements`,
    );
    assert.ok(ratio < 4, `they cost ${ratio.toFixed(1)} times as much`);

    const pages = /of (\d+)/.exec((await page.locator('#pager').textContent())!);
    assert.ok(Number(pages![1]) > 70, pages![0]);
    await press(page, 'Older');
    assert.equal(await page.locator('.story').count(), 30);
    await press(page, 'Newer');
    await press(page, 'Merge #1');
    await labelled(page, 'jukebox', '1.1.0');
    await verdict(page, 'same');
    await end();
  });

  it('opens with all that is kept', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url);
    await connected(page);
    assert.equal(stage.opened.console.happenings.all().length, 5_000);
    const last = stage.opened.console.happenings.all().at(-1)!.seq;
    await page.locator(`#connection[data-seen="${last}"]`).waitFor();
    const elements = (await page.evaluate('document.querySelectorAll("*").length')) as number;
    assert.ok(elements < maxElements, `${elements} elements`);
    await end();
  });
});
