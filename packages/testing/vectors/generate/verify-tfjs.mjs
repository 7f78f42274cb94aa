/**
 * Compares the Keras and PyTorch vectors with TensorFlow.js, which computes in float32 by code of its own.
 *
 * Run in a folder outside the workspace, where TensorFlow.js is installed without its install scripts:
 *   npm install --ignore-scripts @tensorflow/tfjs@4.22.0
 *   node …/vectors/generate/verify-tfjs.mjs
 * Prints one line a case: the largest difference, `differs` with it, or why the case does not apply.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const tf = createRequire(join(process.cwd(), 'index.js'))('@tensorflow/tfjs');
const vectors = new URL('..', import.meta.url);
const tolerance = 2e-5;
let agreed = 0;

function read(path) {
  return JSON.parse(readFileSync(new URL(path, vectors), 'utf8'));
}

function toTensor({ shape, data }, dtype = 'float32') {
  return tf.tensor(data.map(Number), shape, dtype);
}

function largestDifference(found, expected) {
  const values = found.dataSync();
  if (values.length !== expected.data.length) return Number.POSITIVE_INFINITY;
  return expected.data.reduce((most, value, i) => Math.max(most, Math.abs(values[i] - Number(value))), 0);
}

function report(path, name, difference) {
  if (difference <= tolerance) {
    agreed++;
    console.log(`${path}  agrees (${difference.toExponential(0)})  ${name}`);
  } else {
    console.log(`${path}  DIFFERS by ${difference.toPrecision(3)}  ${name}`);
  }
}

const cells = { lstm: 'lstm', gru: 'gru', simpleRnn: 'simpleRNN' };
const weightNames = ['kernel', 'recurrentKernel', 'bias', 'embeddings', 'gamma', 'beta'];

/** Constructor options of TensorFlow.js for one of ours; throws on what it cannot do. */
function layerOptions(name, options) {
  if (name === 'gru' && options.resetAfter !== false) throw new Error('reset after');
  if (options.zeroOutputForMask) throw new Error('zeroOutputForMask');
  const isGated = name === 'lstm' || name === 'gru';
  const given = { ...(isGated ? { recurrentActivation: 'sigmoid' } : {}), ...options };
  if (name === 'dense' && ['leakyRelu', 'silu'].includes(options.activation)) throw new Error('no such activation');
  return given;
}

function build(name, options) {
  if (name === 'bidirectional' || name === 'timeDistributed') {
    const { name: inner, ...innerOptions } = options.layer;
    return tf.layers[name]({ ...options, layer: build(inner, innerOptions) });
  }
  return tf.layers[cells[name] ?? name](layerOptions(name, options));
}

function orderedWeights(weights) {
  const ways = Object.keys(weights).some((name) => name.startsWith('forward.')) ? ['forward.', 'backward.'] : [''];
  return ways.flatMap((way) =>
    weightNames.filter((name) => weights[way + name]).map((name) => toTensor(weights[way + name])),
  );
}

/** Runs one layer case and returns the largest difference of its outputs. */
function runLayer({ layer: name, options, inputs, weights, outputs }) {
  if (!weights) throw new Error('initial weights');
  if (inputs.xNext) throw new Error('stateful');
  if (inputs.dropoutMask) throw new Error('given dropout masks');
  const layer = build(name, options);
  const x = toTensor(inputs.x ?? inputs.tokens, inputs.x ? 'float32' : 'int32');
  layer.build(x.shape);
  layer.setWeights(orderedWeights(weights));
  const states = Object.keys(inputs).filter((input) => /[hc]0$/.test(input));
  const call = {};
  if (inputs.mask) call.mask = toTensor(inputs.mask, 'bool');
  if (states.length > 0) call.initialState = states.map((state) => toTensor(inputs[state]));
  const found = [layer.call(x, call)].flat();
  return Object.entries(outputs)
    .filter(([output]) => output !== 'mask')
    .reduce((most, [, expected], i) => Math.max(most, largestDifference(found[i], expected)), 0);
}

function checkLayers() {
  for (const path of ['lstm', 'gru', 'simple-rnn', 'bidirectional', 'layers'].map((name) => `keras/${name}.json`)) {
    for (const entry of read(path).cases) {
      try {
        report(
          path,
          entry.name,
          tf.tidy(() => runLayer(entry)),
        );
      } catch (error) {
        console.log(`${path}  not applicable (${error.message.split('\n')[0]})  ${entry.name}`);
      }
    }
  }
}

const makeOptimizer = {
  sgd: ({ learningRate: rate, momentum, nesterov }) =>
    momentum ? tf.train.momentum(rate, momentum, nesterov) : tf.train.sgd(rate),
  adam: ({ learningRate: rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }) =>
    tf.train.adam(rate, beta1, beta2, epsilon),
  rmsprop: ({ learningRate: rate, rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false }) =>
    tf.train.rmsprop(rate, rho, momentum, epsilon, centered),
};

/** Relative above 1, because SGD carries one large element. */
function checkOptimizers() {
  for (const path of ['pytorch/optimizers.json', 'keras/optimizers.json']) {
    const { cases, scale, initial, storedSteps } = read(path);
    for (const { name, optimizer, options, outputs } of cases) {
      const unsupported = ['weightDecay', 'clipNorm', 'clipNormPerParameter', 'clipValue', 'decayRate'];
      if (unsupported.some((option) => option in options)) continue;
      const parameters = tf.variable(tf.tensor1d([...initial.kernel, ...initial.bias]), true, `${path} ${name}`);
      const stepper = makeOptimizer[optimizer](options);
      let most = 0;
      for (let t = 1; t <= storedSteps.at(-1); t++) {
        const gradient = scale.map((s, i) => (s * (((7 * t * (i + 3) + 5 * i) % 17) - 7)) / 8);
        stepper.applyGradients({ [parameters.name]: tf.tensor1d(gradient) });
        const row = storedSteps.indexOf(t);
        if (row < 0) continue;
        const expected = [
          ...outputs.kernel.data.slice(row * 4, row * 4 + 4),
          ...outputs.bias.data.slice(row * 3, row * 3 + 3),
        ];
        parameters.dataSync().forEach((value, i) => {
          most = Math.max(most, Math.abs(value - expected[i]) / Math.max(1, Math.abs(expected[i])));
        });
      }
      report(path, name, most);
    }
  }
}

tf.env().set('PROD', true);
await tf.setBackend('cpu');
checkLayers();
checkOptimizers();
console.log(`${agreed} cases agree within ${tolerance} with TensorFlow.js ${tf.version.tfjs}`);
