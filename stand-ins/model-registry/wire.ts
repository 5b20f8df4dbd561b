// What Go's server does on the wire: paths, lengths. It knows no route.

/** Go routes by the decoded path, unless encoding it again would give another text than was sent. */
export function routedPath(sent: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(sent);
  } catch {
    return sent;
  }
  const plain = /[A-Za-z0-9\-_.~$&+,/:;=@]/;
  const encoded = [...decoded].map((char) => (plain.test(char) ? char : encodeByte(char))).join('');
  return encoded === sent ? decoded : sent;
}

const encodeByte = (char: string): string =>
  [...Buffer.from(char, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Go's server knows the length of a body only while it fits into 2,048 bytes; longer ones go out in chunks. */
export const BUFFERED = 2048;
