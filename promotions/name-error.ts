// What cannot be the name of a model, a version or an application, in a deployment file as in an event. Pure.

/** Characters of a name or version; the registry's columns end there. */
const maxNameLength = 255;

/** Why a text cannot be the name of a model, a version or an application; completes "the name …". */
export function nameError(text: string): string | undefined {
  if (text.length > maxNameLength) return `has more than ${maxNameLength} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return 'has control characters or half a character';
  return undefined;
}
