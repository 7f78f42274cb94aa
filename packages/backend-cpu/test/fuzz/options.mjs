/** The arguments in their order: their ranges, and what they are where they are not given. */
const ranges = [
  { name: 'calls', usual: 100000, least: 1, most: 1e9 },
  { name: 'threads', usual: 3, least: 1, most: 64 },
  { name: 'seed', usual: 1, least: 0, most: 2 ** 32 - 1 },
];

/** Says what is wrong with the command line, and ends the process. */
function refuse(fact, rule) {
  console.error(`[fuzz] ${fact} ${rule} Write for example: node test/fuzz/main.mjs 100000 3 1`);
  process.exit(2);
}

/** The numbers of a command line `[calls] [threads] [seed]`. */
export function readOptions(given) {
  if (given.length > ranges.length)
    refuse(`there are ${given.length} arguments.`, 'They are [calls] [threads] [seed].');
  const [calls, threads, seed] = ranges.map(({ name, usual, least, most }, i) => {
    const value = given[i] === undefined ? usual : Number(given[i].trim() || Number.NaN);
    if (!Number.isInteger(value) || value < least || value > most)
      refuse(`${name} is ${JSON.stringify(given[i])}.`, `It is an integer from ${least} to ${most}.`);
    return value;
  });
  return { calls, threads, seed };
}
