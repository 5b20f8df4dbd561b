import assert from 'node:assert/strict';
import { measureOverload } from './overload.ts';

describe('webhooks at several times what the broker takes', function () {
  // Its yardstick is what the same machine does a moment before; something else may take the processor in between.
  this.retries(2);

  it('503 is back-pressure: goodput and memory stay, and no 2xx is without its event', async () => {
    const { calm, heavy, lost, doubled, memory, pending, exitCode, acknowledgedBefore } = await measureOverload({
      seconds: 12,
      bytes: 20_000,
    });
    const perSecond = (value: number) => `${Math.round(value)}/s`;
    console.log(
      `      offered ${perSecond(heavy.offered)}, handed on ${perSecond(heavy.handedOn)} (calm: ${perSecond(calm.handedOn)}), ` +
        `${JSON.stringify(heavy.ends)}, ${acknowledgedBefore} acknowledged after 4 s, ${pending} waited at most`,
    );
    assert.equal(lost, 0, 'acknowledged, and the broker has nothing');
    assert.equal(doubled, 0);
    assert.deepEqual(
      Object.keys(heavy.ends).filter((end) => !['202', '503'].includes(end)),
      [],
    );
    assert.ok(heavy.offered > 2 * heavy.handedOn, 'that was overload');
    assert.ok(heavy.handedOn > calm.handedOn / 3, 'goodput does not collapse');
    assert.ok(pending <= 1_000);
    assert.equal(exitCode, 0);
    // The first third is the time in which it fills.
    const third = Math.floor(memory.length / 3);
    const [early, late] = [Math.max(...memory.slice(third, -third)), Math.max(...memory.slice(-third))];
    const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
    console.log(`      resident memory: ${mib(early)} MiB, later ${mib(late)} MiB`);
    assert.ok(late < early * 1.3 + 64 * 2 ** 20, `memory grew from ${mib(early)} to ${mib(late)} MiB`);
  });
});
