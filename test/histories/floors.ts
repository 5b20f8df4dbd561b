// How often each thing happens in a thousand histories, about: what a run is held to.
import type { Coverage } from './coverage.ts';

/** By what is counted; a name that ends in `*` stands for all that begin so, together. */
export type Usual = ReadonlyMap<string, number>;

/** A line: what all its names begin with, a bar, then each name with its number. */
function readTable(table: string): Usual {
  const entries = table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [begin = '', names = ''] = line.split('| ');
      return names.split('; ').map((entry): [string, number] => {
        const space = entry.lastIndexOf(' ');
        return [begin + entry.slice(0, space), Number(entry.slice(space + 1))];
      });
    });
  return new Map(entries);
}

export const usualInMemory = readTable(`
merge | fast-forward-only 149; merge 136; rebase 120; rebase-merge 121; refused 332; squash 120
| answers of done, checked 2824; answers of parse, checked 2581; converged without a reconcile 414
| everything removed 106; force push 77; push of more than five commits 216; pushes read while Gitea is slow 130
| record with a request 334; rename 27; revert 122; whole-map window met 5; moves of an alias, checked 450
webhook | cut off 48; doubled 91; late 90; lost 56; replayed 96; shortened 103
event | cut off 67; doubled 138; late 127; lost 81; replayed 161
forged | dev.mlops.model.promoted.v1 14; dev.mlops.registry.drifted.v1 43; webhook of a push that never was 50
forged | webhook with a wrong signature 65; webhook without a signature 65
fault | 404 37; 409 32; 429 38; 500 39; 502 36; 502 after 21; 503 36; cut off 30; cut short 32; late effect 34
fault | malformed 18; malformed after 39; reset after 40; reset before 25; short list 20; slow 35
fault | time-out after 37; time-out before 23
fault on a write: | 404 6; 409 11; 429 11; 500 9; 502 14; 502 after 6; 503 7; cut off 7; cut short 7
fault on a write: | late effect 10; malformed 6; reset after 8; reset before 7; slow 7
fault on a write: | time-out after 6; time-out before 6; malformed after 6
death of | broker after a call 16; broker before a call 26; commit-status after a call 13
death of | commit-status before a call 11; gitea-source after a call 20; gitea-source before a call 28
death of | parse after a call 34; parse before a call 49; registry-writer after a call 28
death of | registry-writer before a call 32
outage of | broker 67; database 54; gitea 53; registry 58; slow gitea 190; stalled database 62
conflict: | a file that never was readable 39; left at a forgotten head 11; model of another installation 8
conflict: | two repositories, one model 17; version not registered 638
person: | alias champion moved 11; alias prod gone 11; alias prod moved 11; deleted 11; registered again 11
person: | archive 13; label prod off 32; label prod on 28; label test off 33; label test on 29; mark damaged 20
person: | mark gone 26; note on the model 15; note on the version 32; one more artifact 10; other uri 11
person: | record gone 33
exact record | with a request 36; without a request 92
true word: | success 35; warning 35
cluster: | by hand 85; fails 80; follows Git 380; gone 75; two at once 95
| answers about what serves, checked 1750; labels of what serves, checked 320; serving at the end 175
rollout at the end: | failed 12; pending 48
`);

export const usualOverSockets = readTable(`
| merge * 1050; webhook * 600; event * 450; fault * 1000; death of * 350; outage of * 250; person: * 230; forged * 180
| conflict: version not registered 400
`);

/**
 * What happened less than half as often as usual in so many histories; a sentence each. Chance is left room for: four times the
 * deviation of what is counted, so that no seed fails by itself, and few histories prove nothing about what is rare.
 */
export function belowFloors({ counts }: Pick<Coverage, 'counts'>, usual: Usual, runs: number): string[] {
  return [...usual].flatMap(([name, perThousand]) => {
    const half = (perThousand * runs) / 2_000;
    const floor = Math.floor(half - 4 * Math.sqrt(half));
    const begin = name.endsWith('*') ? name.slice(0, -1) : undefined;
    const count = [...counts].reduce(
      (sum, [what, times]) => ((begin === undefined ? what === name : what.startsWith(begin)) ? sum + times : sum),
      0,
    );
    return count < floor ? [`${name}: ${count}, expected at least ${floor}`] : [];
  });
}
