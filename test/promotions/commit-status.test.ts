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

/** The statuses that a forge has after entries were added one after the other. */
function add(entries: readonly StatusEntry[], statuses: ContextStatus[] = []): ContextStatus[] {
  for (const one of entries) statuses.push(...missingStatuses(statuses, one));
  return statuses;
}
const newest = (entries: readonly StatusEntry[]) => add(entries).at(-1);

/** Names and sentences that are hard to read back. */
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
  it('begin with a pending one and end with the result', () => {
    assert.deepEqual(add([entry('pending', 1), entry('success', 1)]), [
      { state: 'pending', description: `jukebox: pending [pending ${at(1)} jukebox]` },
      { state: 'success', description: `jukebox: success [success ${at(1)} jukebox]` },
    ]);
  });

  it('are not overtaken by an earlier entry, nor added twice', () => {
    const statuses = add([entry('pending', 1), entry('success', 1)]);
    for (const late of [
      entry('pending', 1),
      entry('failure', 1),
      entry('success', 1),
      entry('success', 0),
      entry('failure', 0),
    ])
      assert.deepEqual(missingStatuses(statuses, late), [], `${late.state} of ${late.observedAt}`);
    assert.equal(missingStatuses(statuses, entry('pending', 2))[0]?.state, 'pending');
  });

  it('of several models add up: the worst state decides, and counts show the others', () => {
    const statuses = add([entry('pending', 1), entry('pending', 1, 'tuner'), entry('success', 1)]);
    assert.deepEqual(statuses.at(-1), {
      state: 'pending',
      description: `2 models: 1 waiting, 1 done. tuner: pending [pending ${at(1)} tuner]`,
    });
    add([entry('failure', 1, 'tuner', 'tuner: refused. Register it.')], statuses);
    assert.deepEqual(statuses.at(-1), {
      state: 'failure',
      description: `2 models: 1 failed, 1 done. tuner: refused. Register it. [failure ${at(1)} tuner]`,
    });
    add([entry('success', 2, 'tuner')], statuses);
    assert.deepEqual(
      [statuses.at(-1)?.state, statuses.at(-1)?.description.slice(0, 16)],
      ['success', '2 models: 2 done'],
    );
  });

  it('leave the worst on top when another model is fine: its remedy must not vanish', () => {
    const statuses = add([entry('failure', 1, 'tuner', 'tuner: refused. Register it.'), entry('success', 1)]);
    assert.equal(statuses.at(-1)?.state, 'failure');
    assert.match(statuses.at(-1)!.description, /tuner: refused\. Register it\./);
    assert.deepEqual([...readEntries(statuses).keys()].sort(), ['jukebox', 'tuner']);
  });

  it('ignore statuses that others wrote in the same context, and come after them', () => {
    const statuses = add([entry('success', 1)]);
    statuses.push({ state: 'failure', description: 'by hand [maybe] ' });
    assert.deepEqual(
      missingStatuses(statuses, entry('success', 1)).map(({ state }) => state),
      ['success'],
    );
  });

  it('correct what two writers did at the same time', () => {
    const [a, b] = [missingStatuses([], entry('success', 1)), missingStatuses([], entry('failure', 1, 'tuner'))];
    const statuses = [...b, ...a];
    assert.equal(statuses.at(-1)?.state, 'success');
    statuses.push(...missingStatuses(statuses, entry('success', 1)));
    assert.equal(statuses.at(-1)?.state, 'failure');
    assert.deepEqual(missingStatuses(statuses, entry('failure', 1, 'tuner')), []);
  });

  it('are read back as they were added, whatever is in names and sentences', () => {
    fc.assert(
      fc.property(mean, mean, fc.constantFrom<StatusEntry['state']>('pending', 'success'), (about, text, state) => {
        const one: StatusEntry = { about, state, observedAt: at(1), text: `${about}: ${text}` };
        const statuses = add([one]);
        const read = readEntries(statuses).get(plainText(about));
        assert.ok(read, statuses[0]?.description);
        assert.equal(compareEntries(read, one), 0);
        assert.doesNotMatch(statuses[0]!.description.slice(0, -about.length), /\n/);
        assert.deepEqual(missingStatuses(statuses, one), []);
      }),
    );
  });

  it('hold no link, markup or reversed text', () => {
    const mean = 'https://evil.example/ [x](https://evil.example/) <b>x</b> \u202eabc';
    for (const state of ['pending', 'success'] as const) {
      const statuses = add([entry(state, 1, mean, `${mean}: done`), entry(state, 1, 'tuner')]);
      for (const { description } of statuses) assert.doesNotMatch(description, /https?:|\]\(|<b|\u202e/);
      assert.deepEqual(missingStatuses(statuses, entry(state, 1, mean, `${mean}: done`)), []);
    }
    // Cut anywhere, it reads the same.
    for (let length = 380; length <= 400; length++) {
      const [status] = add([entry('warning', 1, 'jukebox', `${'x'.repeat(length)} https://evil.example/ <b>`)]);
      assert.deepEqual(missingStatuses([status!], readEntries([status!]).get('jukebox')!), []);
    }
  });

  it('stay short', () => {
    const long = entry('warning', 1, 'jukebox', '長'.repeat(5_000));
    const [status] = add([long]);
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
        assert.deepEqual(sorted(readEntries(add(list))), sorted(readEntries(add([...other, ...list]))));
        assert.equal(countsOf(one), countsOf(two));
      }),
      { numRuns: 500 },
    );
  });

  it('of which the newest is always what all of them add up to', () => {
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 8 }), (list) => {
        const statuses = add(list);
        const states = [...readEntries(statuses).values()].map(({ state }) => state);
        const worst = (['failure', 'warning', 'pending', 'success'] as const).find((state) => states.includes(state));
        assert.equal(statuses.at(-1)?.state, worst);
        const last = /\[(\w+) \S+ (.+)\]$/s.exec(statuses.at(-1)!.description);
        assert.equal(last?.[1], worst);
        assert.ok(statuses.length <= 2 * list.length);
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
