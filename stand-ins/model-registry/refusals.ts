// The error answers of the server: which status and words. Thrown by the rooms below, written by the server; it decides nothing.

const STATUS_TEXT: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Bad Request', // The server writes the code of 400 under the status 422.
  500: 'Internal Server Error',
};

/** An answer of the form `{"code","message"}`. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
  get code(): string {
    return STATUS_TEXT[this.status] ?? 'Internal Server Error';
  }
}

/** A body that cannot be decoded: the decoder's words as they are. */
export const undecodable = (message: string): Refusal => new Refusal(400, message);
export const badRequest = (message: string): Refusal => new Refusal(400, `${message}: bad request`);
export const notFound = (message: string): Refusal => new Refusal(404, `${message}: not found`);
export const conflict = (message: string): Refusal => new Refusal(409, `${message}: conflict`);
export const requiredMissing = (field: string): Refusal => new Refusal(422, `required field '${field}' is zero value.`);
/** What the database said, passed on as it is. */
export const databaseError = (message: string): Refusal => new Refusal(500, message);

/** The server's process met a nil pointer: the connection ends without an answer. */
export class Crash extends Error {
  override name = 'Crash';
}
