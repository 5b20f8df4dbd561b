// How deep JSON is nested, told from the text: parsed, 25 MB of brackets would take up a gigabyte.

/** Counts open brackets outside of strings; of text that is no JSON it may say anything. */
export function nestsDeeperThan(json: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json.charCodeAt(i);
    if (inString) {
      if (character === 0x5c) i++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) {
      depth++;
      if (depth > levels) return true;
    } else if (character === 0x5d || character === 0x7d) depth--;
  }
  return false;
}
