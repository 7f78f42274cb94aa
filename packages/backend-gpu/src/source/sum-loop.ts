// Rounds whose terms are added up before they go to the total: one running sum of very many loses digits.
const atOnce = 256;

/** Returns the source of a loop of `count` rounds that add to the sums; it leaves the sums in new variables of their names. */
export function sumLoop(sums: readonly string[], count: string, round: (index: string) => string): string {
  const each = (statements: (sum: string) => string): string => sums.map(statements).join(' ');
  return `${each((sum) => `let ${sum} = 0; let ${sum}Total = 0;`)}
    for (let from$ = 0; from$ < ${count}; from$ += ${atOnce}) {
      const some$ = minOf(${atOnce}, ${count} - from$);
      for (let k$ = 0; k$ < some$; k$++) { ${round('(from$ + k$)')} }
      ${each((sum) => `${sum}Total += ${sum}; ${sum} = 0;`)}
    }
    ${each((sum) => `${sum} = ${sum}Total;`)}`;
}
