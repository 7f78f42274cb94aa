import { BackendError } from '@lstm/core';
import { HistoryRecorder } from '../history.ts';
import { watchLife } from './life.ts';
import { type FitWorker, greetingIn, type Job, listen, type Outcome, type Progress, post } from './messages.ts';

function lostWorker(fact: string, cause?: unknown): BackendError {
  const rule = 'It is needed until the end, and the trainer is as it was before.';
  return new BackendError('fitInWorker', fact, rule, 'To end training early pass a signal.', { cause });
}

/** What an error, or the event of one, says; undefined where it says nothing. */
function failureOf(error: unknown): string | undefined {
  const { message } = Object(error) as { readonly message?: string };
  return message ? `the worker failed (${message}).` : undefined;
}

/** The locks of workers that were ready once: one that has ended since is never heard again. */
const lives = new WeakMap<FitWorker, string>();

/**
 * Hands a job to a worker and resolves to how it ended.
 *
 * @param tell - is called with what the worker reports meanwhile
 * @param stop - ends training after the running batch
 * @throws BackendError when the worker fails before it has the job, or ends before the job does
 */
export async function converse(
  worker: FitWorker,
  job: Job,
  tell: (progress: Progress) => void,
  stop: AbortSignal,
): Promise<Outcome> {
  if (worker.threadId === -1) throw lostWorker('the worker has ended.');
  const { port1: port, port2: portOfJob } = new MessageChannel();
  const cleanUp: (() => void)[] = [];
  let sent = false;
  let watched = false;
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      let lastError: unknown;
      const send = (message: unknown): void => {
        const greeting = greetingIn(message);
        if (greeting?.lstm !== 'ready') return;
        watch(greeting.life);
        if (sent) return;
        try {
          post(worker, { lstm: 'fit', job, port: portOfJob }, [portOfJob, job.model.buffer]);
          sent = true;
        } catch (error) {
          reject(error);
        }
      };
      const failed = (error: unknown): void => {
        lastError = error;
        // In Node the end comes with it. In a browser a worker goes on after an error, in code that may not be ours.
        if (sent) return;
        reject(lostWorker(failureOf(error) ?? 'the worker could not be started.', error));
      };
      const ended = (): void => reject(lostWorker(failureOf(lastError) ?? 'the worker ended.', lastError));
      const watch = (life: string | undefined): void => {
        if (life === undefined || watched) return;
        watched = true;
        lives.set(worker, life);
        cleanUp.push(watchLife(life, ended));
      };
      const hear = (message: unknown): void => {
        const report = message as Progress | Outcome;
        if (report.kind === 'end') resolve(report);
        else tell(report);
      };
      const halt = (): void => {
        if (sent) post(port, 'stop');
        else resolve({ kind: 'end', history: new HistoryRecorder(job.options.history).finish('aborted') });
      };
      cleanUp.push(
        listen(worker, 'message', send),
        listen(worker, 'error', failed),
        listen(worker, 'exit', ended),
        listen(port, 'message', hear),
        listen(port, 'messageerror', () => reject(lostWorker('a message of the worker cannot be read.'))),
      );
      watch(lives.get(worker));
      port.start();
      // Whoever asks before the other side listens is not heard: the worker says ready by itself then, or answers this.
      post(worker, { lstm: 'hello' });
      if (stop.aborted) halt();
      else stop.addEventListener('abort', halt, { once: true });
    });
  } finally {
    for (const each of cleanUp) each();
    // Nobody waits for what is still trained. A port that was not handed over lives until it is closed.
    if (sent) post(port, 'stop');
    else portOfJob.close();
    port.close();
  }
}
