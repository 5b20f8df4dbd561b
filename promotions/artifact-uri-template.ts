// The address of a deployed model's artifact: the template ARTIFACT_URI, filled from the deployment file. Pure.

/** Characters; longer texts are no address of an image. */
const maxLength = 2048;

/** The uri with every `{key}` replaced by the file's value as written, or undefined when one is missing or empty. */
export function fillArtifactUri(template: string, values: ReadonlyMap<string, string>): string | undefined {
  let whole = true;
  const uri = template.replace(/\{([^{}]+)\}/g, (_, key: string) => {
    const value = values.get(key) ?? '';
    if (value === '') whole = false;
    return value;
  });
  return whole && uri !== '' && uri.length <= maxLength && !/[\p{Cc}\p{Cs}]/u.test(uri) ? uri : undefined;
}
