// Why a request is refused, in MLflow's words. test/fixtures/mlflow/ has them as servers gave them.

export class Refusal extends Error {
  status: number;
  code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message: string) => new Refusal(400, 'INVALID_PARAMETER_VALUE', message);
const missing = (message: string) => new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', message);

export const noModel = (name: string) => missing(`Registered Model with name=${name} not found`);
export const noVersion = (name: string, version: string | number) =>
  missing(`Model Version (name=${name}, version=${version}) not found`);
export const noWorkspace = (name: string) => missing(`Workspace '${name}' not found`);
export const noWorkspaces = () =>
  new Refusal(500, 'FEATURE_DISABLED', 'Workspace APIs are not available: workspaces are not enabled on this server');
export const modelExists = (name: string) =>
  new Refusal(400, 'RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);

const seeDocs = 'See the API docs for more information about request parameters.';
export const missingParameter = (name: string) => invalid(`Missing value for required parameter '${name}'. ${seeDocs}`);
export const invalidParameter = (name: string, value: unknown) =>
  invalid(`Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied: ${seeDocs}`);
