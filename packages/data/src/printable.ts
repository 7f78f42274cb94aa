const longest = 40;
const most = 20;

/** Returns a text as errors show it: cut where it is long, and without characters that a terminal obeys or has no sign for. */
export function printable(text: string): string {
  const start = [...text.slice(0, 2 * longest)].slice(0, longest).join('');
  return `${start}${start.length < text.length ? '…' : ''}`.replace(
    /[\p{Cc}\p{Cs}\p{Co}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** Returns names as errors list them, the first ones where they are many. */
export function printableNames(names: readonly string[]): string {
  const shown = names.slice(0, most).map(printable).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
