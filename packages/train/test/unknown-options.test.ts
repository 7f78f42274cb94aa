import * as core from '@lstm/core';
import { reference } from '@lstm/core/reference';
import * as io from '@lstm/io';
import * as layers from '@lstm/layers';
import * as optim from '@lstm/optim';
import * as testing from '@lstm/testing';
import * as train from '@lstm/train';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await core.useBackend(reference());
});

/** What no function knows. As `never` it passes for the options of any function. */
const bogus: never = { bogus: 1 } as never;
const and = (options: object): never => ({ ...options, bogus: 1 }) as never;

const { ones, zeros, tensor } = core;
const x = (): core.Tensor => ones([2, 3]);
const sequence = (): core.Tensor => ones([1, 2, 3]);
const key = { seed: 1, name: 'x' };
const weights = (gates: number): core.CellWeights => ({
  kernel: ones([3, gates]),
  recurrentKernel: ones([1, gates]),
});
const h = (): core.Tensor => zeros([2, 1]);
const parameter = (): core.Parameter =>
  new core.Parameter({ name: 'w', shape: [1], initialize: () => core.hostArray([0]) });
const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
const update = () => ({ parameters: [parameter()], gradients: [ones([1])], slots: [[]] });
const cell = (): layers.Cell => layers.lstmCell({ units: 1 });
const network = (): layers.Network => layers.sequential([layers.dense({ units: 1, inputShape: [1] })]);
const trainer = (): train.Trainer => train.compile(network(), { optimizer: 'sgd', loss: 'mse' });
const linear = { kind: 'linear', kernel: ones, activation: 'linear' } as const;
const sessionLayer = (): never => ({ ...linear, kernel: ones([1, 1]), bogus: 1 }) as never;
const stack = (attributes: object): core.RecurrentStackAttributes =>
  ({ layers: [{ cell: 'simpleRnn', directions: ['forward'], attributes }] }) as never;
const plain = { reverse: false, zeroOutputForMask: false, activation: 'tanh' };
const stackInputs = () => ({
  x: sequence(),
  '0.forward.kernel': ones([3, 1]),
  '0.forward.recurrentKernel': ones([1, 1]),
});

type Calls = Readonly<Record<string, () => unknown>>;

/** Calls with an option that is not known; a name may come several times, with a suffix after a space. */
const calls: Readonly<Record<string, Calls>> = {
  core: {
    tensor: () => tensor([1], bogus),
    zeros: () => zeros([1], bogus),
    ones: () => ones([1], bogus),
    full: () => core.full([1], 1, bogus),
    arange: () => core.arange(3, bogus),
    Parameter: () => new core.Parameter(and({ name: 'x', shape: [1], initialize: () => core.hostArray([1]) })),
    grad: () => core.grad(ones([]), [ones([])], bogus),
    createSession: () => core.createSession([{ ...linear, kernel: ones([1, 1]) }], bogus),
    'createSession, a layer': () => core.createSession([sessionLayer()]),
    openSession: () => core.openSession([{ ...linear, kernel: ones([1, 1]) }], bogus, core.linearSession),
    argmax: () => core.argmax(x(), bogus),
    concat: () => core.concat([x()], bogus),
    cumulativeSum: () => core.cumulativeSum(x(), bogus),
    dropout: () => core.dropout(x(), 0.5, and(key)),
    dropoutMask: () => core.dropoutMask([2], 0.5, key, bogus),
    elu: () => core.elu(x(), bogus),
    flip: () => core.flip(x(), bogus),
    layerNorm: () => core.layerNorm(x(), bogus),
    leakyRelu: () => core.leakyRelu(x(), bogus),
    linear: () => core.linear(x(), ones([3, 1]), undefined, bogus),
    logSoftmax: () => core.logSoftmax(x(), bogus),
    logSumExp: () => core.logSumExp(x(), bogus),
    matmul: () => core.matmul(x(), ones([3, 1]), bogus),
    max: () => core.max(x(), bogus),
    mean: () => core.mean(x(), bogus),
    min: () => core.min(x(), bogus),
    oneHot: () => core.oneHot(tensor([1], { dtype: 'int32' }), 2, bogus),
    pad: () => core.pad(x(), [[1, 1]], bogus),
    softmax: () => core.softmax(x(), bogus),
    split: () => core.split(x(), 1, bogus),
    squeeze: () => core.squeeze(x(), bogus),
    stack: () => core.stack([x()], bogus),
    sum: () => core.sum(x(), bogus),
    unstack: () => core.unstack(x(), bogus),
    variance: () => core.variance(x(), bogus),
    lstm: () => core.lstm(sequence(), weights(4), bogus),
    gru: () => core.gru(sequence(), weights(3), bogus),
    simpleRnn: () => core.simpleRnn(sequence(), weights(1), bogus),
    lstmCell: () => core.lstmCell(x(), { h: h(), c: h() }, weights(4), bogus),
    gruCell: () => core.gruCell(x(), h(), weights(3), bogus),
    simpleRnnCell: () => core.simpleRnnCell(x(), h(), weights(1), bogus),
    scan: () => core.scan([x()], [], () => ({ output: x(), states: [] }), bogus),
    recurrentStack: () => core.recurrentStack(stackInputs(), and(stack(plain))),
    'recurrentStack, inputs': () => core.recurrentStack({ ...stackInputs(), bogus: x() }, stack(plain)),
    'recurrentStack, a layer': () => core.recurrentStack(stackInputs(), stack(and(plain))),
    runRecurrentStack: () => core.runRecurrentStack(stackInputs(), and(stack(plain)), {}),
    meanSquaredError: () => core.meanSquaredError(x(), x(), bogus),
    meanAbsoluteError: () => core.meanAbsoluteError(x(), x(), bogus),
    huber: () => core.huber(x(), x(), bogus),
    binaryCrossentropy: () => core.binaryCrossentropy(x(), x(), bogus),
    categoricalCrossentropy: () => core.categoricalCrossentropy(x(), x(), bogus),
    sparseCategoricalCrossentropy: () => core.sparseCategoricalCrossentropy(x(), zeros([2]), bogus),
    bernoulli: () => core.bernoulli(2, 0.5, key, bogus),
    'bernoulli, key': () => core.bernoulli(2, 0.5, and(key)),
    randomBits: () => core.randomBits(2, key, bogus),
    uniform: () => core.uniform(2, key, bogus),
    normal: () => core.normal(2, key, bogus),
    truncatedNormal: () => core.truncatedNormal(2, key, bogus),
    permutation: () => core.permutation(2, and(key)),
    orthogonal: () => core.orthogonal(2, 2, key, bogus),
    orthogonalInitializer: () => core.orthogonalInitializer([2, 2], key, bogus),
    chronoForgetBias: () => core.chronoForgetBias(2, and({ maxLength: 3 }), key),
    varianceScaling: () => core.varianceScaling([2, 2], key, bogus),
    glorotUniform: () => core.glorotUniform([2, 2], and(key)),
    glorotNormal: () => core.glorotNormal([2, 2], and(key)),
    heUniform: () => core.heUniform([2, 2], and(key)),
    heNormal: () => core.heNormal([2, 2], and(key)),
    lecunUniform: () => core.lecunUniform([2, 2], and(key)),
    lecunNormal: () => core.lecunNormal([2, 2], and(key)),
    optimizerStep: () => core.optimizerStep(update(), and({ rule, learningRate: 1, step: 1 })),
    'optimizerStep, inputs': () => core.optimizerStep(and(update()), { rule, learningRate: 1, step: 1 }),
    runOptimizerStep: () => core.runOptimizerStep(update(), and({ rule, learningRate: 1, step: 1 }), core.sgdRule),
    updateStep: () => core.updateStep(and(update()), () => ({ updates: [ones([1])], slots: [[]] })),
  },
  layers: {
    activation: () => layers.activation(and({ activation: 'relu' })),
    bidirectional: () => layers.bidirectional(layers.lstm({ units: 1 }), bogus),
    concatenate: () => layers.concatenate(bogus),
    dense: () => layers.dense(and({ units: 1 })),
    dropout: () => layers.dropout(and({ rate: 0.5 })),
    embedding: () => layers.embedding(and({ inputDim: 1, outputDim: 1 })),
    flatten: () => layers.flatten(bogus),
    gru: () => layers.gru(and({ units: 1 })),
    gruCell: () => layers.gruCell(and({ units: 1 })),
    input: () => layers.input(and({ shape: [1] })),
    layerFromConfig: () => layers.layerFromConfig({ type: 'dense', options: { units: 1, bogus: 1 } }),
    networkFromConfig: () => layers.networkFromConfig({ type: 'sequential', options: { layers: [], bogus: 1 } }),
    layerNormalization: () => layers.layerNormalization(bogus),
    lstm: () => layers.lstm(and({ units: 1 })),
    lstmCell: () => layers.lstmCell(and({ units: 1 })),
    masking: () => layers.masking(bogus),
    model: () => {
      const symbol = layers.input({ shape: [1] });
      return layers.model(and({ inputs: symbol, outputs: layers.dense({ units: 1 }).apply(symbol) }));
    },
    repeatVector: () => layers.repeatVector(and({ n: 1 })),
    reshape: () => layers.reshape(and({ targetShape: [1] })),
    rnn: () => layers.rnn(cell(), bogus),
    sequential: () => layers.sequential([], bogus),
    Sequential: () => new layers.Sequential([], bogus),
    simpleRnn: () => layers.simpleRnn(and({ units: 1 })),
    simpleRnnCell: () => layers.simpleRnnCell(and({ units: 1 })),
    timeDistributed: () => layers.timeDistributed(layers.dense({ units: 1 }), bogus),
    'Layer.call': () => layers.dense({ units: 1 }).call(x(), bogus),
    'Layer.apply': () => layers.dense({ units: 1 }).apply(layers.input({ shape: [1] }), bogus),
    'Layer.build': () => layers.dense({ units: 1 }).build([[null, 1]], bogus),
    'Network.runAll': () => network().runAll([ones([1, 1])], bogus),
  },
  optim: {
    adam: () => optim.adam(bogus),
    adamw: () => optim.adamw(bogus),
    sgd: () => optim.sgd(bogus),
    rmsprop: () => optim.rmsprop(bogus),
    stepSchedule: () => optim.stepSchedule(and({ boundaries: [], learningRates: [1] })),
    exponentialSchedule: () => optim.exponentialSchedule(and({ learningRate: 1, decaySteps: 1, decayRate: 1 })),
    cosineSchedule: () => optim.cosineSchedule(and({ learningRate: 1, decaySteps: 1 })),
    warmUpSchedule: () => optim.warmUpSchedule(and({ warmUpSteps: 1, schedule: optim.constantSchedule(1) })),
    transformOptimizer: () => optim.transformOptimizer(optim.scaleByAdam(), bogus),
    scaleByAdam: () => optim.scaleByAdam(bogus),
    scaleByRms: () => optim.scaleByRms(bogus),
    trace: () => optim.trace(and({ momentum: 0.5 })),
    optimizerFromConfig: () => optim.optimizerFromConfig(and(optim.adam().toConfig())),
    'optimizerFromConfig, options': () => {
      const config = optim.adam().toConfig();
      return optim.optimizerFromConfig({ ...config, options: { ...config.options, bogus: 1 } } as never);
    },
    scheduleFromConfig: () => optim.scheduleFromConfig(and(optim.constantSchedule(1).toConfig())),
    'scheduleFromConfig, options': () =>
      optim.scheduleFromConfig({ type: 'constant', options: { learningRate: 1, bogus: 1 } }),
  },
  train: {
    checkpoint: () => train.checkpoint(and({ save: () => undefined })),
    compile: () => train.compile(network(), and({ optimizer: 'sgd', loss: 'mse' })),
    createTrainer: () => train.createTrainer(network(), and({ optimizer: optim.sgd(), loss: core.meanSquaredError })),
    earlyStopping: () => train.earlyStopping(bogus),
    progressBar: () => train.progressBar(and({ write: () => undefined })),
    reduceLearningRate: () => train.reduceLearningRate(bogus),
    predict: () => train.predict(network(), [[1]], bogus),
    predictAll: () => train.predictAll(network(), [[1]], bogus),
    stream: () => train.stream(network(), bogus),
    'Trainer.fit': () => trainer().fit([[1]], [1], bogus),
    'Trainer.fit, a dataset': () => trainer().fit([{ x: [[1]], y: [1] }].values(), bogus),
    'Trainer.evaluate': () => trainer().evaluate([[1]], [1], bogus),
    'Trainer.evaluate, a dataset': () => trainer().evaluate([{ x: [[1]], y: [1] }].values(), bogus),
    'Trainer.predict': () => trainer().predict([[1]], bogus),
    'Trainer.predictAll': () => trainer().predictAll([[1]], bogus),
    'Trainer.trainOnBatch': () => trainer().trainOnBatch([[1]], [1], bogus),
    'Trainer.stream': () => trainer().stream(bogus),
    'Trainer.save': () => trainer().save(bogus),
    loadTrainer: async () => train.loadTrainer(await trainer().save(), bogus),
    fitInWorker: () => train.fitInWorker(trainer(), new MessageChannel().port1, [[1]], [1], bogus),
    serveFit: () => train.serveFit(and({ loss: 'mse' })),
  },
  io: {
    saveModel: () => io.saveModel(network(), bogus),
    loadModel: async () => io.loadModel(await io.saveModel(network()), bogus),
  },
  testing: {
    expectNoLeak: () => testing.expectNoLeak(() => 1, bogus),
    gradcheck: () => testing.gradcheck((a) => a, [[1]], bogus),
    leakCheckedBackend: () => testing.leakCheckedBackend(reference(), bogus),
    runCase: () =>
      testing.runCase(testing.conformanceCases()[0] as testing.ConformanceCase, reference(), 'test', bogus),
    runConformance: () => testing.runConformance(reference(), bogus),
  },
};

/** Functions and classes that take no options. */
const without: Readonly<Record<string, string>> = {
  core: `defineBackend getBackend hasDefaultBackend useBackend allocate bytesPerElement dtypeOf hostArray indicesOf isHostArray debugMemory memory
    checkBoolean checkChoice checkFunction checkInteger checkOptions checkRange describeValue nearestName createScope Scope tidy isOwned noGrad isRecording withWeightPrecision Tensor
    op multiOp fusedOp customGradient requireGrad stopGradient valueAndGrad
    broadcastShapes formatShape normalizeAxes normalizeAxis sameShape sizeOf stridesOf
    LstmError ShapeError DTypeError OptionError BackendError BackendMismatchError DeviceLostError DisposedError SyncReadError QueueFullError
    UnsupportedError DataError NonFiniteError FormatError GradientError ScopeError
    abs add cast clip div embedding equal erf exp expand expm1 floor gather gelu greater greaterEqual hardSigmoid less lessEqual log
    log1p maximum minimum mul neg notEqual pow reciprocal relu reshape roundToBfloat16 scatterAdd selu sigmoid sign silu slice softmaxCrossEntropy
    softplus softsign sqrt square sub tanh tile transpose where recurrentStackNames
    bernoulliThreshold constantInitializer onesInitializer zerosInitializer philoxKey fansOf
    adamUpdate clipToGlobalNorm globalNorm momentumUpdate rmsUpdate slotNames`,
  layers: 'Cell Layer Network',
  optim: 'constantSchedule chain addDecayedWeights clipByGlobalNorm clipByNorm clipByValue scaleByLearningRate',
  train: 'accuracy f1 mae mse precision recall rmse weighted',
  io: 'loadWeights restoreModel decodeSafetensors encodeSafetensors',
  testing: 'weyl input conformanceCases supportMatrix deferredBackend appliesTo excess',
};

describe.each(Object.entries({ core, layers, optim, train, io, testing }))('@lstm/%s', (name, module) => {
  const known = calls[name] as Calls;

  it.each(Object.entries(known))('%s refuses an option that it does not know', async (_, call) => {
    await expect((async () => call())()).rejects.toThrow(/\bbogus\b/);
  });

  it('is covered: whatever it exports is called here or takes no options', () => {
    const exported = Object.entries(module).flatMap(([key, value]) => (typeof value === 'function' ? [key] : []));
    const covered = [...Object.keys(known), ...(without[name] as string).split(/\s+/)];
    const uncovered = exported.filter((key) => !covered.includes(key));
    expect(uncovered, 'add a call with bogus to `calls` above, or to `without` what takes no options').toEqual([]);
  });
});
