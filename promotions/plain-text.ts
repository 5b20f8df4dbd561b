// Texts from outside (names, versions, folders, reasons that quote them) made safe for pages that show them: Gitea's, beside a
// commit, and the registry's, which turns an http(s) URL into a link. Only for text that people read; names by which something is
// looked up stay as they are. Pure, and idempotent.

/** The text without control characters, links and markup; any other text is returned unchanged. */
export function plainText(text: string): string {
  return (
    text
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      // Characters that change the direction of writing make a text look like another one.
      .replace(/\p{Bidi_Control}/gu, '\ufffd')
      // Browsers accept `https:example.org` and `https: //example.org` as URLs, but not a scheme with a space in front of the colon.
      .replace(/https?(?=:)|ftp(?=:)|www(?=\.)/gi, '$& ')
      .replace(/<(?=[a-z/!?])/gi, '‹')
      .replace(/\](?=[([])/g, '] ')
  );
}
