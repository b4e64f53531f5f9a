// Why the exported model is not used on this phone: expected, got.

export class ModelError extends Error {
  name = "ModelError";
}
