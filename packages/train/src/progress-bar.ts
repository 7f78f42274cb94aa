import { checkOptions, OptionError } from '@lstm/core';
import type { Callback, Logs } from './callbacks.ts';

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** Takes text; `\r` at its start goes back to the start of the line. Default: the standard error of the process, where there is one. */
  readonly write?: (text: string) => void;
  /** True where the line can be redrawn; else one line per epoch. Default: whether text goes to a terminal, false with a `write` of yours. */
  readonly redraw?: boolean;
  /** The clock, in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** What we use of Node's `process.stderr`. */
interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

function standardError(): Terminal {
  const { process } = globalThis as { readonly process?: { readonly stderr?: Terminal } };
  if (typeof process?.stderr?.write === 'function') return process.stderr;
  const fix = 'Pass write: (text) => … that shows it in your page.';
  throw new OptionError('progressBar', 'write is missing.', 'Here is no standard error to write to.', fix);
}

/** Least milliseconds between two drawings. */
const frameMs = 100;

function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => `${name} ${Math.abs(value) >= 0.001 ? value.toFixed(4) : value.toExponential(2)}`)
    .join('  ');
}

/** Returns `1:05` for 65 seconds. */
function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return minutes > 0 ? `${minutes}:${String(rest).padStart(2, '0')} min` : `${rest} s`;
}

/**
 * Returns a callback that draws a progress bar with the time left, in one line of text: in the terminal, or where `write` says, such
 * as a file or a page.
 *
 * @throws OptionError when an option is unknown, or `write` is missing where there is no process with a standard error
 *
 * @example
 * ```ts
 * import { progressBar } from '@lstm/train';
 *
 * const lines: string[] = [];
 * const bar = progressBar({ write: (text) => lines.push(text) }); // progressBar() writes to the terminal
 * console.log(typeof bar.onBatchEnd); // => function
 * ```
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  checkOptions('progressBar', options, ['write', 'redraw', 'now']);
  const terminal = options.write === undefined ? standardError() : undefined;
  const {
    write = (text: string) => terminal?.write(text),
    redraw = terminal?.isTTY === true,
    now = Date.now,
  } = options;
  let [start, drawn, steps, epoch] = [0, 0, 0, 0];
  let width = 0;
  const draw = (text: string): void => {
    write(`\r${text.padEnd(width)}`);
    width = text.length;
  };
  return {
    onTrainBegin() {
      start = now();
      drawn = Number.NEGATIVE_INFINITY;
      steps = 0;
    },
    onEpochBegin(index) {
      epoch = index;
    },
    onBatchEnd(batch, logs, { epochs, batches }) {
      steps += 1;
      if (!redraw || now() - drawn < frameMs) return;
      drawn = now();
      const done = batches === undefined ? 0 : (batch + 1) / batches;
      const bar = batches === undefined ? `batch ${batch + 1}` : '█'.repeat(Math.round(20 * done)).padEnd(20, '░');
      const perStep = (now() - start) / 1000 / steps;
      const left =
        batches === undefined ? '' : `  ${formatSeconds(perStep * ((epochs - epoch) * batches - batch - 1))} left`;
      draw(`epoch ${epoch + 1}/${epochs} ${bar}${left}  ${formatLogs(logs)}`);
    },
    onEpochEnd(index, logs, { epochs }) {
      const text = `epoch ${index + 1}/${epochs}  ${formatLogs(logs)}`;
      if (redraw) draw(text);
      else write(`${text}\n`);
    },
    onTrainEnd() {
      if (redraw) write('\n');
    },
  };
}
