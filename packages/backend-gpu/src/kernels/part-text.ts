import { quotient } from '../source/index-math.ts';

/** Returns how the source of a tile walks along k, or along its part of it: parts differ in length by one step at most. */
export function partText(length: string, onePart: boolean): { readonly loop: string; readonly at: string } {
  if (onePart) return { loop: `for (let i = 0; i < count(${length}); i++)`, at: 'i' };
  const end = (part: string): string => quotient(`${part} * ${length}`, 'parts');
  return {
    loop: `const first = ${end('whole(part)')};
      const own = ${end('(whole(part) + 1)')} - ${end('whole(part)')};
      for (let i = 0; i < whole(own); i++)`,
    at: '(whole(first) + i)',
  };
}
