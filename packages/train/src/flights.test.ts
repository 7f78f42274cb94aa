import { describe, expect, it } from 'vitest';
import { twoInFlight } from './flights.ts';

/** Launches flights whose work ends when `open` or `fail` is called, and logs what happens to them. */
function airfield() {
  const log: string[] = [];
  const flights: { readonly open: () => void; readonly fail: () => void }[] = [];
  const launch = (name: string) => {
    log.push(`launch ${name}`);
    let open = (): void => undefined;
    let fail = (): void => undefined;
    const read = new Promise<string>((resolve, reject) => {
      open = () => resolve(name);
      fail = () => reject(new Error(`${name} failed`));
    });
    flights.push({ open, fail });
    return { read, drop: () => void log.push(`drop ${name}`) };
  };
  return { log, flights, launch };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve);
  });
}

describe('twoInFlight', () => {
  it('launches the second before it lands the first, and never a third', async () => {
    const { log, flights, launch } = airfield();
    const done = twoInFlight(['a', 'b', 'c'], launch, async ({ read }) => void log.push(`land ${await read}`));
    await settle();
    expect(log).toEqual(['launch a', 'launch b']);
    flights[1]?.open();
    flights[0]?.open();
    await settle();
    flights[2]?.open();
    await done;
    expect(log).toEqual([
      'launch a',
      'launch b',
      'land a',
      'drop a',
      'launch c',
      'land b',
      'drop b',
      'land c',
      'drop c',
    ]);
  });

  it('waits for what is under way and drops it when a flight fails', async () => {
    const { log, flights, launch } = airfield();
    const done = twoInFlight(['a', 'b', 'c'], launch, async ({ read }) => void (await read));
    const caught = expect(done).rejects.toThrow('a failed');
    await settle();
    flights[0]?.fail();
    await settle();
    expect(log).toEqual(['launch a', 'launch b']);
    flights[1]?.open();
    await caught;
    expect(log).toEqual(['launch a', 'launch b', 'drop a', 'drop b']);
  });
});
