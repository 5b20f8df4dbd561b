// Reads standard base64 as Go does: padding needed, line breaks ignored, and the same word on where it went wrong.

import type { Parsed } from './go-numbers.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function decodeBase64(text: string): Parsed<Buffer> {
  const bytes = Buffer.from(text, 'utf8');
  const corrupt = (at: number) => ({ error: `illegal base64 data at input byte ${at}` });
  let inGroup = 0;
  let at = 0;
  for (; at < bytes.length; at++) {
    const char = String.fromCharCode(bytes[at]!);
    if (char === '\n' || char === '\r') continue;
    if (ALPHABET.includes(char)) {
      inGroup = (inGroup + 1) % 4;
      continue;
    }
    if (char !== '=' || inGroup < 2) return corrupt(at);
    const rest = text.slice(at).replaceAll(/[\r\n]/g, '');
    if (inGroup === 2 && rest === '=') return corrupt(bytes.length);
    if (inGroup === 2 && rest[1] !== '=') return corrupt(at + 1);
    if (rest.length > (inGroup === 2 ? 2 : 1)) return corrupt(at + (inGroup === 2 ? 2 : 1));
    return { value: Buffer.from(text, 'base64') };
  }
  return inGroup === 0 ? { value: Buffer.from(text, 'base64') } : corrupt(at - inGroup);
}
