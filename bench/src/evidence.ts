import type { Evidence } from './protocol.ts';

/**
 * Returns what differs between two engines' evidence; `undefined` when they did the same work. The first loss must agree to rounding;
 * for the later ones Adam has magnified the rounding of gradients near zero.
 *
 * @param slack - how many times more than rounding outputs may differ
 */
export function difference(a: Evidence, b: Evidence, slack = 1): string | undefined {
  const first = (list: readonly number[] | undefined): readonly number[] | undefined => list?.slice(0, 1);
  return (
    listsDiffer('losses', first(a.losses), first(b.losses), 1e-5, 1e-6) ??
    listsDiffer('losses', a.losses, b.losses, 1e-3, 1e-6) ??
    listsDiffer('outputs', a.output, b.output, 1e-4 * slack, 1e-5 * slack)
  );
}

function listsDiffer(
  name: string,
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
  relative: number,
  absolute: number,
): string | undefined {
  if (a === undefined && b === undefined) return undefined;
  if (a?.length !== b?.length || a === undefined || b === undefined) {
    return `${a?.length ?? 'no'} ${name} against ${b?.length ?? 'no'}`;
  }
  const place = a.findIndex((value, i) => {
    const other = b[i] as number;
    return !(Math.abs(value - other) <= absolute + relative * Math.abs(other));
  });
  return place < 0 ? undefined : `${name}[${place}] is ${a[place]} against ${b[place]}`;
}
