/** Returns what an error says behind its place, `fact. Rule. Fix.`, to be told from another place. */
export function factOf({ where, message }: { readonly where: string; readonly message: string }): string {
  return message.slice(`[${where}] `.length);
}
