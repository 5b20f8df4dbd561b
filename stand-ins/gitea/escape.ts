// Percent-encoding as Go has it. Pure.

/** All but letters, digits and `-_.~`: also !'()*, which encodeURIComponent leaves alone. */
export function escapeAll(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** url.PathEscape, which leaves `+&=$:@` alone; slashes stay. */
export function escapePath(path: string): string {
  const escapePart = (part: string) =>
    escapeAll(part).replace(/%(2B|26|3D|24|3A|40)/g, (code) => decodeURIComponent(code));
  return path.split('/').map(escapePart).join('/');
}
