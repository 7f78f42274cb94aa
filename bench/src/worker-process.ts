import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Request } from './protocol.ts';

/** How to start a worker. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

const alive = new Set<ChildProcess>();
const canPause = process.platform !== 'win32';

function kill(child: ChildProcess): void {
  alive.delete(child);
  child.kill('SIGKILL');
}

// A paused process would outlive us.
process.on('exit', () => {
  for (const child of alive) kill(child);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

function parse(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    // Python writes NaN, which JSON does not have.
    return { error: `the answer is not JSON: ${line.slice(0, 100)}` };
  }
}

/** The process of one engine. It runs only while it answers: otherwise it is paused, so that none spins while another is measured. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #settle: ((answer: Answer) => void) | undefined;
  #complaints = '';
  #ended: string | undefined;

  constructor({ program, arguments: list, environment }: Command) {
    const child = spawn(program, list, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    alive.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Something other than an answer is a library talking.
      if (line.startsWith('{')) this.#finish(parse(line));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-4000);
    });
    // A write to a process that has ended is reported by `close`.
    child.stdin.on('error', () => {});
    child.on('error', (error) => this.#end(error.message));
    child.on('close', () => this.#end(this.#lastWords()));
  }

  /**
   * Sends a request and resolves to its answer.
   *
   * @param patienceMs - how long to wait for it; then the process is ended
   * @throws Error with the worker's reason
   */
  async ask<T extends Answer>(request: Request, patienceMs?: number): Promise<T> {
    if (this.#ended !== undefined) throw new Error(this.#ended);
    if (canPause) this.#child.kill('SIGCONT');
    const giveUp = (): void => {
      this.#end(`no answer within ${(patienceMs ?? 0) / 1000} s`);
      this.stop();
    };
    const timer = patienceMs === undefined ? undefined : setTimeout(giveUp, patienceMs);
    const answer = await new Promise<Answer>((resolve) => {
      this.#settle = resolve;
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
    clearTimeout(timer);
    if ('error' in answer) throw new Error(answer.error);
    if (canPause) this.#child.kill('SIGSTOP');
    return answer as T;
  }

  stop(): void {
    kill(this.#child);
  }

  #finish(answer: Answer): void {
    this.#settle?.(answer);
    this.#settle = undefined;
  }

  #end(reason: string): void {
    alive.delete(this.#child);
    this.#ended ??= reason;
    this.#finish({ error: this.#ended });
  }

  /** The error among what the process wrote on its way out. */
  #lastWords(): string {
    const lines = this.#complaints.split('\n').filter((line) => line.trim() !== '');
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'the process ended';
  }
}
