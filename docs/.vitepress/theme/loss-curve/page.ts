import { chart } from './chart.ts';
import { type Choice, epochs } from './learn.ts';
import type { Message } from './worker.ts';

const titles: Readonly<Record<Choice, string>> = {
  reference: 'reference()',
  webgl2: 'gpu()',
  webgpu: "gpu({ mode: 'webgpu' })",
  webasm: "gpu({ mode: 'webasm' })",
};

interface Run {
  readonly losses: number[];
  seconds?: number;
}

/** Fills an element with the select box, the drawing and the table; returns what takes them away. */
export function showLossCurve(root: HTMLElement): () => void {
  const runs = new Map<Choice, Run>();
  let worker: Worker | undefined;
  root.innerHTML = `<form><label>Backend <select>${Object.entries(titles)
    .map(([choice, title]) => `<option value="${choice}">${title}</option>`)
    .join('')}</select></label> <button type="submit">Train</button></form>
    <p class="state" role="status">Train on one backend, then on another: the curves lie on each other.</p>
    <div class="drawing"></div><div class="table"></div>`;
  const part = <E extends HTMLElement>(selector: string): E => root.querySelector(selector) as E;
  const [form, select, button] = [part<HTMLFormElement>('form'), part<HTMLSelectElement>('select'), part('button')];
  const state = part('.state');

  const draw = (): void => {
    part('.drawing').innerHTML = chart(
      [...runs].map(([choice, { losses }]) => ({ choice, losses })),
      epochs,
    );
    part('.table').innerHTML = table(runs);
  };
  const say = (text: string, wrong = false): void => {
    state.textContent = text;
    state.classList.toggle('wrong', wrong);
  };
  const stop = (text: string, wrong = false): void => {
    worker?.terminate();
    worker = undefined;
    button.textContent = 'Train';
    say(text, wrong);
  };
  const fail = (choice: Choice, error: string): void => {
    runs.delete(choice);
    stop(`Could not train: ${error}`, true);
  };
  const train = (): void => {
    worker?.terminate();
    const choice = select.value as Choice;
    const run: Run = { losses: [] };
    const start = performance.now();
    runs.set(choice, run);
    button.textContent = 'Stop';
    say(`${titles[choice]}: starting`);
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onerror = ({ message }) => fail(choice, message || 'the worker did not start.');
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if ('loss' in data) {
        run.losses.push(data.loss);
        say(`${titles[choice]}: epoch ${run.losses.length} of ${epochs}`);
      } else if ('done' in data) {
        run.seconds = (performance.now() - start) / 1000;
        stop(`${titles[choice]}: done`);
      } else {
        fail(choice, data.error);
      }
      draw();
    };
    worker.postMessage(choice);
    draw();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (worker === undefined) train();
    else stop('Stopped.');
  };
  select.onchange = train;
  draw();
  return () => worker?.terminate();
}

/** Last loss and time of each backend, and how far its curve is from the first one that was trained. */
function table(runs: ReadonlyMap<Choice, Run>): string {
  const [first] = runs.values();
  if (first === undefined) return '';
  const rows = [...runs].map(([choice, { losses, seconds }]) => {
    const last = losses.at(-1)?.toPrecision(6) ?? '';
    const apart = Math.max(...losses.map((loss, i) => Math.abs(loss / (first.losses[i] ?? Number.NaN) - 1)));
    const distance = first.losses === losses ? '' : Number.isFinite(apart) ? apart.toExponential(0) : '';
    const time = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
    return `<tr><td><i class="${choice}"></i><code>${titles[choice]}</code></td><td>${last}</td><td>${distance}</td><td>${time}</td></tr>`;
  });
  return `<table><thead><tr><th>backend</th><th>last loss</th><th>apart from the first</th><th>time</th></tr></thead>
    <tbody>${rows.join('')}</tbody></table>`;
}
