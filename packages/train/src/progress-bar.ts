import { checkOptions } from '@lstm/core';
import type { Callback, Logs } from './callbacks.ts';

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** Takes text; `\r` at its start goes back to the start of the line. */
  readonly write: (text: string) => void;
  /** True where the line can be redrawn, as in a terminal; else one line per epoch. Default false. */
  readonly redraw?: boolean;
  /** The clock, in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
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
 * Returns a callback that draws a progress bar with the time left, in one line of text: where to is yours, so that it works in a
 * terminal, a file or a page.
 *
 * @throws OptionError when an option is unknown
 *
 * @example
 * ```ts
 * import { progressBar } from '@lstm/train';
 *
 * const bar = progressBar({ write: (text) => process.stderr.write(text), redraw: process.stderr.isTTY });
 * console.log(typeof bar.onBatchEnd); // => function
 * ```
 */
export function progressBar(options: ProgressBarOptions): Callback {
  checkOptions('progressBar', options, ['write', 'redraw', 'now']);
  const { write, redraw = false, now = Date.now } = options;
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
