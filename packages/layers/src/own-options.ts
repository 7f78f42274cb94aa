/** Returns a copy of options, their lists included: what a caller changes later changes no layer. */
export function ownOptions<Options extends object>(options: Options): Options {
  const entries = Object.entries(options).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]);
  return Object.fromEntries(entries) as Options;
}
