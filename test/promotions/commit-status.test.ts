import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type ContextStatus,
  compareEntries,
  missingStatuses,
  readEntries,
  type StatusEntry,
} from '../../promotions/commit-status.ts';
import { plainText } from '../../promotions/plain-text.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 2) + second * 1000).toISOString();
const entry = (
  state: StatusEntry['state'],
  second: number,
  about = 'jukebox',
  text = `${about}: ${state}`,
): StatusEntry => ({
  about,
  state,
  observedAt: at(second),
  text,
});

/** What a forge keeps after entries came in, one after the other. */
function tell(entries: readonly StatusEntry[], told: ContextStatus[] = []): ContextStatus[] {
  for (const one of entries) told.push(...missingStatuses(told, one));
  return told;
}
const newest = (entries: readonly StatusEntry[]) => tell(entries).at(-1);

/** Names and sentences as mean as people and registries make them. */
const mean = fc.oneof(
  fc.constantFrom(
    'jukebox',
    'a [b]',
    '3 models: 1 failed. x',
    ']',
    'x [success 2026-11-02T09:30:00.250Z y]',
    ' a ',
    '模型',
    'a\nb',
  ),
  fc.string({ minLength: 1, unit: 'grapheme' }),
);
const entries = fc.record({
  about: fc.constantFrom('jukebox', 'tuner', 'a [b] ]', '2 models: 1 done. z'),
  state: fc.constantFrom<StatusEntry['state']>('pending', 'failure', 'warning', 'success'),
  observedAt: fc.integer({ min: 0, max: 3 }).map(at),
  text: fc
    .tuple(fc.constantFrom('it', 'the one: [x] '), fc.string({ unit: 'grapheme' }))
    .map((parts) => parts.join('')),
});

describe('entries on a commit', () => {
  it('begin with what is on its way and end with what became of it', () => {
    assert.deepEqual(tell([entry('pending', 1), entry('success', 1)]), [
      { state: 'pending', description: `jukebox: pending [pending ${at(1)} jukebox]` },
      { state: 'success', description: `jukebox: success [success ${at(1)} jukebox]` },
    ]);
  });

  it('are not overtaken by an earlier entry, nor added twice', () => {
    const told = tell([entry('pending', 1), entry('success', 1)]);
    for (const late of [
      entry('pending', 1),
      entry('failure', 1),
      entry('success', 1),
      entry('success', 0),
      entry('failure', 0),
    ])
      assert.deepEqual(missingStatuses(told, late), [], `${late.state} of ${late.observedAt}`);
    assert.equal(missingStatuses(told, entry('pending', 2))[0]?.state, 'pending');
  });

  it('of several models add up: the worst decides, the counts say the rest', () => {
    const told = tell([entry('pending', 1), entry('pending', 1, 'tuner'), entry('success', 1)]);
    assert.deepEqual(told.at(-1), {
      state: 'pending',
      description: `2 models: 1 waiting, 1 done. tuner: pending [pending ${at(1)} tuner]`,
    });
    tell([entry('failure', 1, 'tuner', 'tuner: refused. Register it.')], told);
    assert.deepEqual(told.at(-1), {
      state: 'failure',
      description: `2 models: 1 failed, 1 done. tuner: refused. Register it. [failure ${at(1)} tuner]`,
    });
    tell([entry('success', 2, 'tuner')], told);
    assert.deepEqual([told.at(-1)?.state, told.at(-1)?.description.slice(0, 16)], ['success', '2 models: 2 done']);
  });

  it('leave the worst on top when another model is fine: its remedy must not vanish', () => {
    const told = tell([entry('failure', 1, 'tuner', 'tuner: refused. Register it.'), entry('success', 1)]);
    assert.equal(told.at(-1)?.state, 'failure');
    assert.match(told.at(-1)!.description, /tuner: refused\. Register it\./);
    assert.deepEqual([...readEntries(told).keys()].sort(), ['jukebox', 'tuner']);
  });

  it('take no notice of what others wrote in the same context, and have the last say', () => {
    const told = tell([entry('success', 1)]);
    told.push({ state: 'failure', description: 'by hand [maybe] ' });
    assert.deepEqual(
      missingStatuses(told, entry('success', 1)).map(({ state }) => state),
      ['success'],
    );
  });

  it('mend what two writers did at the same time', () => {
    const [a, b] = [missingStatuses([], entry('success', 1)), missingStatuses([], entry('failure', 1, 'tuner'))];
    const told = [...b, ...a];
    assert.equal(told.at(-1)?.state, 'success');
    told.push(...missingStatuses(told, entry('success', 1)));
    assert.equal(told.at(-1)?.state, 'failure');
    assert.deepEqual(missingStatuses(told, entry('failure', 1, 'tuner')), []);
  });

  it('come back as they were told, whatever names and sentences hold', () => {
    fc.assert(
      fc.property(mean, mean, fc.constantFrom<StatusEntry['state']>('pending', 'success'), (about, text, state) => {
        const one: StatusEntry = { about, state, observedAt: at(1), text: `${about}: ${text}` };
        const told = tell([one]);
        const read = readEntries(told).get(plainText(about));
        assert.ok(read, told[0]?.description);
        assert.equal(compareEntries(read, one), 0);
        assert.doesNotMatch(told[0]!.description.slice(0, -about.length), /\n/);
        assert.deepEqual(missingStatuses(told, one), []);
      }),
    );
  });

  it('hold no link, markup or turned text of anybody', () => {
    const mean = 'https://evil.example/ [x](https://evil.example/) <b>x</b> \u202eabc';
    for (const state of ['pending', 'success'] as const) {
      const told = tell([entry(state, 1, mean, `${mean}: done`), entry(state, 1, 'tuner')]);
      for (const { description } of told) assert.doesNotMatch(description, /https?:|\]\(|<b|\u202e/);
      assert.deepEqual(missingStatuses(told, entry(state, 1, mean, `${mean}: done`)), []);
    }
    // Cut anywhere, it reads the same.
    for (let length = 380; length <= 400; length++) {
      const [status] = tell([entry('warning', 1, 'jukebox', `${'x'.repeat(length)} https://evil.example/ <b>`)]);
      assert.deepEqual(missingStatuses([status!], readEntries([status!]).get('jukebox')!), []);
    }
  });

  it('stay short', () => {
    const long = entry('warning', 1, 'jukebox', '長'.repeat(5_000));
    const [status] = tell([long]);
    assert.ok([...status!.description].length < 500);
    assert.deepEqual(missingStatuses([status!], long), []);
  });

  it('end the same in any order and however often each comes', () => {
    const some = fc.array(entries, { minLength: 1, maxLength: 8 });
    const shuffled = some.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: list.length, maxLength: 2 * list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        // A part may be missing in the middle; at the end all have come.
        const [one, two] = [newest(list)!, newest([...other, ...list])!];
        assert.equal(one.state, two.state);
        assert.deepEqual(sorted(readEntries(tell(list))), sorted(readEntries(tell([...other, ...list]))));
        assert.equal(countsOf(one), countsOf(two));
      }),
      { numRuns: 500 },
    );
  });

  it('of which the newest is always what all of them add up to', () => {
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 8 }), (list) => {
        const told = tell(list);
        const states = [...readEntries(told).values()].map(({ state }) => state);
        const worst = (['failure', 'warning', 'pending', 'success'] as const).find((state) => states.includes(state));
        assert.equal(told.at(-1)?.state, worst);
        const last = /\[(\w+) \S+ (.+)\]$/s.exec(told.at(-1)!.description);
        assert.equal(last?.[1], worst);
        assert.ok(told.length <= 2 * list.length);
      }),
    );
  });
});

function sorted(found: Map<string, StatusEntry>): [string, StatusEntry][] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function countsOf({ description }: ContextStatus): string | undefined {
  return /^\d+ models: [^.]*/.exec(description)?.[0];
}
