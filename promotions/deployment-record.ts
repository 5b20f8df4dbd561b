// The label and the deployment record on one version (docs/architecture.md). A deployment record is about one deployment: it is
// written whole when the version begins to be deployed, completed afterwards, and only with what is known of the same commit. The
// label alone does not prove that a deployment began or ended, because people take labels off and put them on.
import { plainText } from './plain-text.ts';
import type { PromotedVersion, Promotion } from './promotion.ts';
import { labelOf, ownText, type PropertyName, propertyName, textOf } from './property-names.ts';
import type { Properties, PropertyChange, RegisteredVersion } from './registry-state.ts';

/** The user interface shows a string property with the value "" as a label. */
export function holdsLabel(properties: Properties, label: string): boolean {
  const property = properties.get(label);
  return property?.type === 'string' && property.value === '';
}

/** What a version lacks to be shown as deployed in the environment; no keys when it lacks nothing. */
export function gainLabel(version: RegisteredVersion, environment: string, promoted: PromotedVersion): PropertyChange {
  const { properties } = version;
  const set: Record<string, string> = {};
  const remove: string[] = [];
  const label = labelOf(environment);
  if (!holdsLabel(properties, label)) set[label] = '';

  const retired = endOfRecord(environment).filter((key) => properties.has(key));
  const commit = ownText(properties, environment, 'commit');
  const left = recordWithoutLabel(version, environment);
  const isOfAnother = left !== undefined && left !== promoted.commit && promoted.continues !== true;
  // A record is about a commit: without a commit there is no record.
  const begins = retired.length > 0 || commit === undefined || isOfAnother;
  for (const { key, value, current, needed } of recordOf(environment, promoted)) {
    const written = textOf(properties, key);
    if (value === undefined) {
      if (begins && properties.has(key)) remove.push(key);
    } else if (begins || current) {
      if (written !== value) set[key] = value;
      // What is known of another commit is not true of this one: a later pull request did not promote the version.
    } else if (written === undefined && (needed || commit === promoted.commit)) set[key] = value;
  }
  const completes = propertyName(environment, 'commit');
  if (begins && commit !== undefined) set[completes] = promoted.commit;
  return { set, remove: [...remove, ...retired], ...(completes in set && { completes }) };
}

/**
 * The commit of an open record on a version without the label: somebody removed only the label. The version does not show what
 * happened since: it may have been deployed all the time, or again after another version.
 */
export function recordWithoutLabel({ properties }: RegisteredVersion, environment: string): string | undefined {
  const isOpen = [labelOf(environment), ...endOfRecord(environment)].every((key) => !properties.has(key));
  return isOpen ? ownText(properties, environment, 'commit') : undefined;
}

/** What a record that has ended has, and an open one has not. */
function endOfRecord(environment: string): string[] {
  return [propertyName(environment, 'retiredAt'), propertyName(environment, 'replacedBy')];
}

/** Removes the label and closes the record: when, and which versions replaced it. */
export function loseLabel(promotion: Promotion): PropertyChange {
  const { environment, observedAt, serving } = promotion;
  const successors = plainText(serving.map(({ version }) => version).join(','));
  return {
    set: {
      [propertyName(environment, 'retiredAt')]: observedAt,
      [propertyName(environment, 'replacedBy')]: successors || 'withdrawn',
    },
    remove: [labelOf(environment)],
  };
}

/**
 * `current`: brought up to date as long as Git deploys the version. `needed`: always written. A value that is unknown or empty is undefined.
 */
function recordOf(environment: string, promoted: PromotedVersion) {
  const { applications, commit, promotedAt, promotedBy, pullRequest } = promoted;
  const values = {
    application: plainText(applications.join(',')),
    commit,
    promotedAt,
    promotedBy: plainText(promotedBy.login || promotedBy.name || ''),
    pullRequest: pullRequest?.url,
  };
  return Object.entries(values).map(([name, value]) => ({
    key: propertyName(environment, name as PropertyName),
    value: value || undefined,
    current: name === 'application',
    needed: name === 'promotedAt',
  }));
}
