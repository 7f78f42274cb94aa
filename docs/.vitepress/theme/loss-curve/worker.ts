// Trains away from the page's thread, whatever the backend.
import { type Choice, learn } from './learn.ts';

/** What the worker tells: the loss after each epoch, then the end. */
export type Message = { readonly loss: number } | { readonly done: true } | { readonly error: string };

const tell = (message: Message): void => globalThis.postMessage(message);

globalThis.onmessage = ({ data }: MessageEvent<Choice>) => {
  learn(data, (loss) => tell({ loss })).then(
    () => tell({ done: true }),
    (error: unknown) => tell({ error: error instanceof Error ? error.message : String(error) }),
  );
};
