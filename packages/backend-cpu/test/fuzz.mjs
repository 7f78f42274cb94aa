// Random calls of the native engine, about half of them valid and half with wrong handles, sizes, types and freed tensors,
// from several threads at once. Whatever it is given, the engine answers or throws; it never crashes.
//   node test/fuzz.mjs [calls] [threads] [seed]
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const file = fileURLToPath(import.meta.url);
const { Engine } = createRequire(import.meta.url)('../build/Release/backend_cpu.node');

function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function fuzz(calls, seed) {
  const random = generator(seed);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  let engine = new Engine(1 + below(3), '');
  /** Live tensors: [handle, count, type]. */
  let live = [];
  const saved = [];
  const pending = [];
  const counts = { fine: 0, refused: 0, rejected: 0 };
  const keep = (handles, sizes, type = 0) => {
    for (const [i, handle] of [handles].flat().entries())
      if (handle > 0) live.push([handle, sizes[i] ?? sizes[0], type]);
  };
  const nonsense = [
    0,
    -1,
    1.5,
    Number.NaN,
    1e300,
    4294967296,
    123456789,
    undefined,
    null,
    'x',
    {},
    [],
    [1],
    new Float32Array(3),
    Number.POSITIVE_INFINITY,
  ];
  /** Now and then something else in place of a good argument. */
  let spoil = false;
  const v = (good) =>
    spoil && random() < 0.25 ? pick(random() < 0.5 ? nonsense : [0, 1, 2, 3, 7, 64, [], [0, 1], [1, 2, 3]]) : good;
  const tensor = (count, type = 0) => {
    const fit = live.filter(([, n, t]) => n === count && t === type);
    if (fit.length > 0 && random() < 0.7) return v(pick(fit)[0]);
    const data =
      type === 0
        ? Float32Array.from({ length: count }, () => 2 * random() - 1)
        : Int32Array.from({ length: count }, () => below(4));
    const handle = engine.upload(data);
    live.push([handle, count, type]);
    return v(handle);
  };
  const maybe = (count) => (random() < 0.5 ? v(0) : tensor(count));
  const needs = (n) => v(Array.from({ length: n }, () => below(2)));
  const operations = [
    () => keep(engine.fill(v(below(40)), v(random()), v(below(2))), [1]),
    () => {
      const n = below(50);
      keep(engine.unary(v(below(15)), tensor(n)), [n]);
    },
    () => {
      const n = below(50);
      keep(engine.cast(tensor(n, below(2)), v(below(2))), [-1]);
    },
    () => {
      const [m, n] = [1 + below(9), 1 + below(40)];
      keep(engine.binary(v(below(9)), tensor(m * n), tensor(n), v([m, n]), v([n, 1]), v([0, 1])), [m * n]);
    },
    () => {
      const [m, n] = [1 + below(9), 1 + below(9)];
      keep(engine.select(tensor(m), tensor(m * n), tensor(n), v([m, n]), v([1, 0]), v([n, 1]), v([0, 1])), [m * n]);
    },
    () => {
      const [o, l, i] = [below(5), below(9), below(9)];
      keep(engine.reduce(v(below(3)), tensor(o * l * i), v(o), v(l), v(i)), [-1]);
    },
    () => {
      const [b, m, n, k] = [below(3), below(20), below(40), below(20)];
      keep(engine.matmul(tensor(b * m * k), tensor(b * k * n), v(b), v(m), v(n), v(k), v(below(2)), v(below(2))), [
        b * m * n,
      ]);
    },
    () => {
      const [m, n] = [1 + below(9), 1 + below(9)];
      keep(engine.stridedCopy(tensor(m * n), v(0), v([n, m]), v([1, n])), [m * n]);
    },
    () => {
      const [m, a, b] = [below(5), below(9), below(9)];
      keep(engine.concat(v([tensor(m * a), tensor(m * b)]), v(m), v([a, b])), [m * (a + b)]);
    },
    () => {
      const [n, w] = [below(9), below(9)];
      keep(engine.gather(tensor(4 * w), tensor(n, 1), v(4), v(w)), [n * w]);
    },
    () => {
      const [n, w] = [below(9), below(9)];
      keep(engine.scatterAdd(tensor(n, 1), tensor(n * w), v(4), v(w)), [4 * w]);
    },
    () => {
      const [o, l, i] = [below(5), below(9), below(9)];
      keep(engine.cumulativeSum(tensor(o * l * i), v(o), v(l), v(i)), [o * l * i]);
    },
    () => {
      const [r, i, u] = [below(9), below(9), below(40)];
      keep(engine.linear(tensor(r * i), tensor(i * u), maybe(u), v(r), v(i), v(u), v(below(5))), [r * u]);
    },
    () => {
      const [r, i, u] = [below(9), below(9), below(40)];
      keep(
        engine.linearBackward(
          tensor(r * i),
          tensor(i * u),
          tensor(r * u),
          tensor(r * u),
          v(r),
          v(i),
          v(u),
          v(below(5)),
          needs(3),
        ),
        [r * i, i * u, u],
      );
    },
    () => {
      const [r, c] = [below(9), 1 + below(40)];
      keep(engine.softmaxCrossEntropy(tensor(r * c), tensor(r, 1), v(r), v(c)), [r, 2 * r]);
    },
    () => {
      const [r, c] = [below(9), 4 + below(40)];
      keep(engine.softmaxCrossEntropyBackward(tensor(r * c), tensor(r, 1), tensor(2 * r), tensor(r), v(r), v(c)), [
        r * c,
      ]);
    },
    () => {
      const [r, c] = [below(9), 1 + below(40)];
      keep(engine.layerNorm(tensor(r * c), maybe(c), maybe(c), v(r), v(c), v(1e-3)), [r * c, 2 * r]);
    },
    () => {
      const [r, c] = [below(9), 1 + below(40)];
      keep(engine.layerNormBackward(tensor(r * c), maybe(c), tensor(2 * r), tensor(r * c), v(r), v(c), needs(3)), [
        r * c,
        c,
        c,
      ]);
    },
    () => {
      const [b, t, features, vocabulary] = [1 + below(4), 1 + below(5), 1 + below(6), 2 + below(9)];
      const byToken = random() < 0.3;
      const inputs = [
        byToken ? v(0) : tensor(b * t * features),
        byToken ? tensor(b * t, 1) : v(0),
        byToken ? tensor(vocabulary * features) : v(0),
        maybe(b * t),
      ];
      const units = [];
      const states = [];
      let width = features;
      for (let layer = 0, layers = 1 + below(3); layer < layers; layer++) {
        let above = 0;
        const first = below(2);
        const last = first === 0 ? below(2) : 1;
        for (let way = first; way <= last; way++) {
          const [cell, u] = [below(4), 1 + below(20)];
          const g = [4, 3, 1, 3][cell];
          units.push(layer, cell, below(5), below(5), way, below(2), u);
          inputs.push(tensor(width * g * u), tensor(u * g * u), maybe((cell === 1 ? 6 : g) * u));
          inputs.push(maybe(b * u), cell === 0 ? maybe(b * u) : v(0), maybe(b * width), maybe(b * u));
          states.push([cell, b * u]);
          above += u;
        }
        width = above;
      }
      const training = below(2);
      const result = engine.recurrentStack(v([b, t, features, vocabulary]), v(units), v(inputs), v(training));
      keep(result.slice(0, -1), [b * t * width, ...states.flatMap(([, size]) => [size, size])]);
      if (result.at(-1) > 0) saved.push([result.at(-1), b * t * width, states]);
    },
    () => {
      if (saved.length === 0) return;
      const [handle, sequence, states] = pick(saved);
      const given = states.flatMap(([cell, size]) => [maybe(size), cell === 0 ? maybe(size) : v(0)]);
      keep(
        engine.recurrentStackBackward(v(handle), v([maybe(sequence), ...given]), needs(1 + 5 * states.length)),
        [-1],
      );
    },
    () => {
      if (saved.length > 20) engine.release(v(saved.splice(below(saved.length), 1)[0][0]));
    },
    () => {
      const n = 1 + below(60);
      const rule = below(3);
      const slots = rule === 1 ? 2 : 1;
      const numbers = [
        rule,
        0.01,
        rule === 0 ? 0.9 : 0,
        below(2),
        0.9,
        0.999,
        1e-7,
        0,
        0,
        0.9,
        0,
        1 + below(9),
        below(2),
        below(2),
      ];
      keep(
        engine.optimizerStep(
          v(numbers),
          v([tensor(n)]),
          v([tensor(n)]),
          v(Array.from({ length: slots }, () => tensor(n))),
          v(slots),
          v(0),
        ),
        [1],
      );
    },
    () => {
      if (live.length > 0)
        pending.push(
          engine.read(v(pick(live)[0])).then(
            () => counts.fine++,
            () => counts.rejected++,
          ),
        );
    },
    () => {
      if (live.length > 0) engine.readSync(v(pick(live)[0]), v(undefined));
    },
    () => {
      engine.pending();
      pending.push(engine.idle());
    },
    () => {
      if (live.length > 0) {
        const at = below(live.length);
        const [handle] = live[at];
        if (random() < 0.8) live.splice(at, 1);
        engine.release(v(handle));
      }
    },
    () => engine.upload(v(new Float32Array(below(9)))),
    () => {
      if (random() < 0.002) {
        engine.dispose();
        engine = new Engine(1 + below(3), '');
        live = [];
        saved.length = 0;
      }
    },
  ];
  for (let i = 0; i < calls; i++) {
    spoil = random() < 0.5;
    try {
      pick(operations)();
      counts.fine++;
    } catch {
      counts.refused++;
    }
    while (live.length > 200) {
      try {
        engine.release(live.shift()[0]);
      } catch {}
    }
    if (pending.length > 50) await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  return counts;
}

if (isMainThread) {
  const [calls = 100000, threads = 3, seed = 1] = process.argv.slice(2).map(Number);
  const workers = Array.from(
    { length: threads - 1 },
    (_, i) => new Worker(file, { workerData: { calls: Math.ceil(calls / threads), seed: seed + i + 1 } }),
  );
  const ended = workers.map(
    (worker) =>
      new Promise((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', resolve);
      }),
  );
  const counts = await fuzz(Math.ceil(calls / threads), seed);
  await Promise.all(ended);
  console.log(`${calls} calls on ${threads} threads, no crash; this thread: ${JSON.stringify(counts)}`);
} else {
  await fuzz(workerData.calls, workerData.seed);
}
