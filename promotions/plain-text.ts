// Texts from outside (names, versions, folders, reasons that quote them) made safe for pages that show them: Gitea's, beside a
// commit, and the registry's, which turns an http(s) URL into a link. Only for text that people read; names by which something is
// looked up stay as they are. Pure, and idempotent.

/** Characters that change the direction of writing, so that a text looks like another one. */
const direction = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text without control characters, links and markup; any other text is returned unchanged. */
export function plainText(text: string): string {
  return (
    text
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .replace(direction, '\ufffd')
      // Browsers accept `https:example.org` and `https: //example.org` as URLs, but not a scheme with a space in front of the colon.
      .replace(/https?(?=:)|ftp(?=:)|www(?=\.)/gi, '$& ')
      .replace(/<(?=[a-z/!?])/gi, '‹')
      .replace(/\](?=[([])/g, '] ')
  );
}
