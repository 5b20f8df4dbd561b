// Texts of strangers (names, versions, folders, reasons that quote them) as pages of others may show them: Gitea beside a commit, the
// registry on a version's page, which makes a link of a value that is an http(s) URL. Names by which things are found stay as
// they are; this is for what is only read. Pure; doing it twice is doing it once.

/** What turns the direction of writing, so that a text shows as another. */
const direction = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Without control characters, links and markup; any other text comes back unchanged. */
export function plainText(text: string): string {
  return (
    text
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .replace(direction, '\ufffd')
      // Browsers take `https:example.org` for a URL, and one with a space behind its scheme, but none with a space in it.
      .replace(/https?(?=:)|ftp(?=:)|www(?=\.)/gi, '$& ')
      .replace(/<(?=[a-z/!?])/gi, '‹')
      .replace(/\](?=[([])/g, '] ')
  );
}
