import { BackendError } from '@lstm/core';
import { type FitWorker, greetingIn, type Job, listen, type Outcome, type Progress, post } from './messages.ts';

/**
 * Hands a job to a worker and resolves to how it ended.
 *
 * @param tell - is called with what the worker reports meanwhile
 * @param stop - ends training after the running batch
 * @throws BackendError when the worker ends before the job does
 */
export async function converse(
  worker: FitWorker,
  job: Job,
  tell: (progress: Progress) => void,
  stop: AbortSignal,
): Promise<Outcome> {
  const { port1: port, port2: portOfJob } = new MessageChannel();
  const cleanUp = [() => port.close()];
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      const lost = (fact: string, cause?: unknown): void => {
        const rule = 'It is needed until the end, and the trainer is as it was before.';
        reject(new BackendError('fitInWorker', fact, rule, 'To end training early pass a signal.', { cause }));
      };
      const failed = (error: unknown): void => {
        const { message } = Object(error) as { readonly message?: string };
        lost(message ? `the worker failed (${message}).` : 'the worker could not be started.', error);
      };
      let sent = false;
      const send = (message: unknown): void => {
        if (sent || greetingIn(message)?.lstm !== 'ready') return;
        sent = true;
        try {
          post(worker, { lstm: 'fit', job, port: portOfJob }, [portOfJob, job.model.buffer]);
        } catch (error) {
          reject(error);
        }
      };
      cleanUp.push(
        listen(worker, 'message', send),
        listen(worker, 'error', failed),
        listen(worker, 'exit', () => lost('the worker ended.')),
      );
      listen(port, 'message', (message) => {
        const report = message as Progress | Outcome;
        if (report.kind === 'end') resolve(report);
        else tell(report);
      });
      port.start();
      // The one posted while the other side had no ears is lost: it says ready by itself once it listens, or answers this.
      post(worker, { lstm: 'hello' });
      if (stop.aborted) post(port, 'stop');
      else stop.addEventListener('abort', () => post(port, 'stop'), { once: true });
    });
  } finally {
    for (const each of cleanUp) each();
  }
}
