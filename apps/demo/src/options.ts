import { parseArgs } from 'node:util';
import { type BackendName, chooseBackend } from '@lstm/cli';

/** What `score` takes. */
export interface Flags {
  readonly json?: string;
}

/** Resolves to the flags of a command line, with the backend chosen; `undefined`, once it told in a line what is wrong with them. */
export async function flagsOf(args: readonly string[]): Promise<Flags | undefined> {
  try {
    const options = { json: { type: 'string' }, backend: { type: 'string', default: 'auto' } } as const;
    const { backend, ...flags } = parseArgs({ args: [...args], options }).values;
    await chooseBackend(backend as BackendName);
    return flags;
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}
