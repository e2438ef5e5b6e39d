/**
 * A variable of the function's environment.
 *
 * @throws when it is missing
 */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the function's environment lacks ${name}; deploy the stack again`);
  return value;
}
