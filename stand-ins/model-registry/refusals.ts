// The error answers of the server: which status and words. Thrown by the routes and what they call, written by the server.

const STATUS_TEXT: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Bad Request', // The server writes the code of 400 under the status 422.
};

/** An answer of the form `{"code","message"}`. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  readonly code: string;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
    this.code = STATUS_TEXT[status] ?? 'Internal Server Error';
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
