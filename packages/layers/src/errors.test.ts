import { concat, type Tensor, tensor, tidy, useBackend, zeros, zerosInitializer } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp } from '../test/tensors.ts';
import {
  activation,
  bidirectional,
  concatenate,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  gruCell,
  input,
  Layer,
  type LayerOptions,
  type LstmOptions,
  lstm,
  lstmCell,
  masking,
  model,
  type PartialShape,
  repeatVector,
  reshape,
  rnn,
  sequential,
  simpleRnn,
  simpleRnnCell,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

it.each([Number.NaN, 2 ** 32, 0.5])('a token of %d is refused by the embedding, with its place', (value) => {
  const network = sequential([embedding({ inputDim: 9, outputDim: 2, name: 'words' }), lstm({ units: 2 })]);
  expect(() =>
    network.call(
      tensor([
        [1, 2, 3],
        [4, value, 6],
      ]),
    ),
  ).toThrow(`[words] the token at [1][1] of [2, 3] is ${value}.`);
});

it('a token beyond the vocabulary is refused by the embedding, alone and before a recurrent layer', () => {
  const tokens = tensor([[1, 9]], { dtype: 'int32' });
  for (const rest of [[], [lstm({ units: 2 })]]) {
    const network = sequential([embedding({ inputDim: 9, outputDim: 2, name: 'words' }), ...rest]);
    expect(() => network.call(tokens)).toThrow(
      '[words] the token at [0][1] of [1, 2] is 9. With inputDim 9 a token lies in [0, 8]. ' +
        'Raise inputDim, or give unknown words a token of their own.',
    );
  }
});

class Weighted extends Layer {
  readonly type: string = 'weighted';
  readonly #options: object;
  constructor(options: object) {
    super();
    this.#options = options;
  }
  protected override create(): void {
    this.addParameter({ name: 'w', shape: [1], ...this.#options } as never);
  }
  protected forward([x]: readonly Tensor[]): Tensor {
    return x as Tensor;
  }
}

const nothing = [] as unknown as [never];

it.each<[string, () => unknown, string]>([
  ['inputShape: 5', () => dense({ units: 1, inputShape: 5 as never }), '[dense] inputShape is 5. It is a list'],
  ['inputShape: [-1, 2]', () => lstm({ units: 1, inputShape: [-1, 2] }), '[lstm] inputShape is [-1, 2].'],
  ['inputShape: [NaN]', () => lstm({ units: 1, inputShape: [Number.NaN] }), '[lstm] inputShape is [NaN].'],
  ['name: 5', () => dense({ units: 1, name: 5 as never }), '[dense] name is 5. A name is a text.'],
  ['options: 5', () => dense(5 as never), '[dense] the options are 5. Options are an object.'],
  ['timeDistributed()', () => timeDistributed(undefined as never), '[timeDistributed] the layer is undefined.'],
  [
    'layers in no list',
    () => (sequential as (...layers: unknown[]) => unknown)(lstm({ units: 1 }), dense({ units: 1 })),
    '[sequential] layers is a single layer. Layers are a list. Write sequential([a, b]).',
  ],
  ['layers in an object', () => sequential({ layers: [] } as never), '[sequential] layers is an object with layers.'],
  ['bidirectional()', () => bidirectional(undefined as never), '[bidirectional] the layer is undefined.'],
  [
    'bidirectional({ layer })',
    () => bidirectional({ layer: lstm({ units: 1 }) } as never),
    '[bidirectional] the layer is an object with layer. Both directions are recurrent layers',
  ],
  ['lstm()', () => lstm(...nothing), '[lstm] units is undefined. units is an integer of at least 1.'],
  ['gru()', () => gru(...nothing), '[gru] units is undefined.'],
  ['simpleRnn()', () => simpleRnn(...nothing), '[simpleRnn] units is undefined.'],
  ['lstmCell()', () => lstmCell(...nothing), '[lstmCell] units is undefined.'],
  ['gruCell()', () => gruCell(...nothing), '[gruCell] units is undefined.'],
  ['simpleRnnCell()', () => simpleRnnCell(...nothing), '[simpleRnnCell] units is undefined.'],
  ['dense()', () => dense(...nothing), '[dense] units is undefined.'],
  ['embedding()', () => embedding(...nothing), '[embedding] inputDim is undefined.'],
  ['dropout()', () => dropout(...nothing), '[dropout] rate is undefined.'],
  ['repeatVector()', () => repeatVector(...nothing), '[repeatVector] n is undefined.'],
  ['activation()', () => activation(...nothing), '[activation] activation is missing.'],
  [
    'an unnamed input that is not listed',
    () => model({ inputs: input({ shape: [2] }), outputs: dense({ units: 1 }).apply(input({ shape: [3] })) }),
    '[model] an output depends on an input [batch, 3] that is not among inputs.',
  ],
  [
    'a list for a tensor',
    () => dense({ units: 1 }).call([[1, 2]] as never),
    '[dense] the input is [1, 2]. A layer is called with a tensor, or with a list of tensors. Make one of a list:',
  ],
  [
    'no input',
    () => sequential([dense({ units: 1 })]).call(undefined as never),
    '[sequential] the input is undefined.',
  ],
  ['a symbolic input', () => dense({ units: 1 }).callAll(input({ shape: [2] }) as never), 'take apply(x).'],
  [
    'a second input that is none',
    () => concatenate().call([ramp([1, 2]), null] as never),
    '[concatenate] input 1 is null.',
  ],
  [
    'a tensor in a functional network',
    () => dense({ units: 1 }).apply(ramp([1, 2]) as never),
    '[dense] inputs holds a Tensor. A functional network is made of what input({ shape }) and apply of a layer gave. To compute with a tensor write call(x).',
  ],
  ['apply()', () => dense({ units: 1 }).apply(undefined as never), '[dense] inputs holds undefined.'],
  [
    'a tensor for a state',
    () => lstm({ units: 1 }).apply(input({ shape: [2, 1] }), { initialState: [ramp([1, 1])] } as never),
    '[lstm] initialState holds a Tensor.',
  ],
  ['model({})', () => model({} as never), '[model] inputs holds undefined.'],
  [
    'a layer for an output',
    () => model({ inputs: input({ shape: [2] }), outputs: dense({ units: 1 }) } as never),
    '[model] outputs holds a Dense.',
  ],
  [
    'input({})',
    () => input({} as never),
    '[input] shape is undefined. It is a list of the lengths of the axes after the',
  ],
  ['input({ shape: 3 })', () => input({ shape: 3 } as never), '[input] shape is 3.'],
  ['a number for the name of an input', () => input({ shape: [3], name: 1 } as never), '[input] name is 1.'],
  ['reshape()', () => reshape(...nothing), '[reshape] targetShape is undefined. It is a list of the lengths'],
  ['reshape({ targetShape: 3 })', () => reshape({ targetShape: 3 } as never), '[reshape] targetShape is 3.'],
  ['reshape({ targetShape: [-2] })', () => reshape({ targetShape: [-2] }), '[reshape] targetShape is [-2].'],
  [
    'a name for an initializer of its own',
    () => new Weighted({ initializer: 'zeros' }).build([[null, 1]]),
    '[weighted] initializer is "zeros". initializer is a function.',
  ],
  [
    'an unknown option of a parameter',
    () => new Weighted({ initializer: zerosInitializer, init: 1 }).build([[null, 1]]),
    '[weighted] option init is unknown.',
  ],
])('tells plain JavaScript of %s', (_, body, message) => {
  expect(body).toThrow(message);
});

describe('the batch axis forgotten', () => {
  const message = (rule: string) => `${rule} Add a batch axis: [x].`;
  const sequence = 'An LSTM takes [batch, time, features].';

  it.each<[string, () => unknown, string]>([
    ['by its inputShape', () => sequential([lstm({ units: 2, inputShape: [5, 2] })]).call(ramp([5, 2])), sequence],
    [
      'by what it was built for',
      () => {
        const network = sequential([embedding({ inputDim: 9, outputDim: 3 }), lstm({ units: 2 })]);
        network.call(zeros([1, 4]));
        network.call(zeros([4]));
      },
      sequence,
    ],
    [
      'bidirectional',
      () => sequential([bidirectional(lstm({ units: 2 }), { inputShape: [null, 2] })]).call(ramp([5, 2])),
      'A bidirectional layer takes [batch, time, features].',
    ],
    ['dense', () => sequential([dense({ units: 2, inputShape: [3] })]).call(ramp([3])), 'takes […, features].'],
    [
      'a functional network',
      () => {
        const x = input({ shape: [5, 2] });
        model({ inputs: x, outputs: lstm({ units: 1 }).apply(x) }).call(ramp([5, 2]));
      },
      'It takes [batch, 5, 2].',
    ],
  ])('%s', (_, body, rule) => {
    expect(body).toThrow(message(rule));
  });

  it('and not the features axis', () => {
    const network = sequential([lstm({ units: 2, inputShape: [5, 1] })]);
    expect(() => network.call(ramp([3, 5]))).toThrow('Add a features axis: reshape(x, [-1, 5, 1]), of a list');
  });
});

it('a last output within a network is named where a sequence is asked for', () => {
  const series = input({ shape: [null, 2] });
  const functional = model({ inputs: series, outputs: dense({ units: 3 }).apply(gru({ units: 2 }).apply(series)) });
  for (const [inner, where] of [
    [sequential([lstm({ units: 2 }), dense({ units: 3 })], { name: 'body' }), 'lstm in body'],
    [functional, 'gru in model'],
  ] as const) {
    const message = `Set returnSequences: true on ${where}, which gives only its last output.`;
    expect(() => sequential([inner, lstm({ units: 2 })]).call(ramp([1, 4, 2]))).toThrow(message);
    expect(() => lstm({ units: 2 }).apply(inner.apply(series))).toThrow(message);
  }
  const flat = sequential([lstm({ units: 2, returnSequences: true }), flatten()]);
  expect(() => lstm({ units: 2 }).apply(flat.apply(input({ shape: [4, 2] })))).toThrow('Add a features axis');
});

it('inputs in another order are told the order', () => {
  const [series, facts] = [input({ shape: [null, 2], name: 'series' }), input({ shape: [3] })];
  const outputs = concatenate().apply([lstm({ units: 2 }).apply(series), facts]);
  const network = model({ inputs: [series, facts], outputs });
  expect(() => network.call([ramp([1, 3]), ramp([1, 4, 2])])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: [model] input series is [batch, 3]. It takes [batch, time, 2]. Pass them in the order of the network: input series [batch, time, 2], input 1 [batch, 3].]`,
  );
  expect(() => network.call([ramp([1, 3]), ramp([1, 4, 3])])).toThrow('Give an axis of any length as null');
  expect(() => network.call([ramp([1, 4, 2])])).toThrow('there is 1 input.');
});

it('a layer that gives another shape than it declares is named by the one that cannot take it', () => {
  class Join extends Layer {
    readonly type: string = 'join';
    protected forward(inputs: readonly Tensor[]): Tensor {
      return concat(inputs, { axis: -1 });
    }
  }
  const inputs = [input({ shape: [2] }), input({ shape: [3] })];
  const joined = new Join().apply(inputs);
  // Also through a layer between that takes any shape.
  for (const between of [joined, concatenate().apply([joined, inputs[0]!])]) {
    const network = model({ inputs, outputs: dense({ units: 1 }).apply(between) });
    expect(() => network.call([ramp([4, 2]), ramp([4, 3])])).toThrow(
      '[join] the output is [batch, 5]. outputShapes says [batch, 2]. Override outputShapes(inputShapes) so that it tells what forward returns.',
    );
  }
});

/** Makes a parameter of twice as many rows as there are features, whether or not it knows how many. */
class Doubled extends Layer {
  readonly type: string = 'doubled';
  constructor(options: LayerOptions = {}) {
    super('doubled', options);
  }
  protected override create([shape]: readonly PartialShape[]): void {
    this.addParameter({ name: 'kernel', shape: [2 * (shape?.at(-1) as number), 4], initializer: zerosInitializer });
  }
  protected forward([x]: readonly Tensor[]): Tensor {
    return x as Tensor;
  }
}

describe('errors name the layer', () => {
  it.each<[string, () => unknown]>([
    ['returnSequences was forgotten', () => sequential([lstm({ units: 50, inputShape: [10, 1] }), lstm({ units: 2 })])],
    ['and at the first call', () => sequential([lstm({ units: 50 }), gru({ units: 2 })]).call(ramp([2, 3, 1]))],
    ['a feature axis is missing', () => sequential([lstm({ units: 50 }), dense({ units: 2 })]).call(ramp([32, 10]))],
    ['an unknown option', () => lstm({ unit: 3 } as never)],
    ['an option of PyTorch', () => lstm({ units: 3, numLayers: 2 } as never)],
    [
      'a length computed of one that is not known',
      () => sequential([new Doubled({ inputShape: [null, null] })]).build(),
    ],
    ['a number out of its range', () => lstm({ units: 0 })],
    ['an unknown activation', () => dense({ units: 1, activation: 'rleu' as never })],
    [
      'an unknown initializer',
      () => sequential([dense({ units: 1, kernelInitializer: 'glorot' as never, inputShape: [2] })]).build(),
    ],
    ['two layers of one name', () => sequential([dense({ units: 1, name: 'a' }), dense({ units: 1, name: 'a' })])],
    [
      'other features than before',
      () => {
        const layer = dense({ units: 1, name: 'head' });
        layer.call(ramp([1, 3]));
        layer.call(ramp([1, 4]));
      },
    ],
    ['a merge of nothing recurrent', () => bidirectional(dense({ units: 1 }))],
    [
      'a size that does not fit',
      () => sequential([dense({ units: 5, inputShape: [2] }), reshape({ targetShape: [2, 2] })]),
    ],
    [
      'a wrong number of states',
      () => tidy(() => lstm({ units: 2 }).call(ramp([1, 2, 2]), { initialState: [ramp([1, 2])] })),
    ],
    ['an activation of Keras', () => dense({ units: 2, activation: 'swish' as never })],
    ['an initializer of PyTorch', () => dense({ units: 2, kernelInitializer: 'kaiming_normal' as never })],
    ['a switch of PyTorch', () => lstm({ units: 2, bidirectional: true } as never)],
    [
      'states of another batch',
      () => tidy(() => rnn(gruCell({ units: 2 })).call(ramp([3, 2, 2]), { initialState: [ramp([1, 2])] })),
    ],
    [
      'states for a layer that takes none',
      () => tidy(() => dense({ units: 2 }).call(ramp([1, 2]), { initialState: [ramp([1, 2])] })),
    ],
    [
      'states for a network without recurrent layers',
      () => tidy(() => sequential([dense({ units: 2 })]).runAll([ramp([1, 2])], { initialState: [ramp([1, 2])] })),
    ],
    [
      'states for a functional network',
      () => {
        const x = input({ shape: [3, 2] });
        const network = model({ inputs: x, outputs: lstm({ units: 2 }).apply(x) });
        return tidy(() => network.call(ramp([1, 3, 2]), { initialState: [ramp([1, 2]), ramp([1, 2])] }));
      },
    ],
    [
      'symbolic states for a layer that takes none',
      () => dense({ units: 2 }).apply(input({ shape: [2] }), { initialState: [input({ shape: [2] })] }),
    ],
    ['an unknown option of a call', () => lstm({ units: 2 }).call(ramp([1, 2, 2]), { msk: ramp([1, 2]) } as never)],
    ['masks that are no list', () => lstm({ units: 2 }).call(ramp([1, 2, 2]), { masks: ramp([1, 2]) } as never)],
    ['no shape', () => sequential([dense({ units: 1 })]).summary()],
    ['what cannot stream', () => bidirectional(lstm({ units: 1 })).sessionLayers()],
  ])('%s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});

it('layers refuse inputs that they would not look at', () => {
  const [x, h] = [ramp([2, 3, 1]), ramp([2, 4])];
  expect(() => lstm({ units: 4 }).call([x, h, h])).toThrow(
    '[lstm] 3 inputs are given. The layer takes 1. States go beside it: apply(x, { initialState: [h, c] }), or call(x, { initialState: [h, c] }).',
  );
  const [series, state] = [input({ shape: [3, 1] }), input({ shape: [4] })];
  expect(() => gru({ units: 4 }).apply([series, state])).toThrow('[gru] 2 inputs are given.');
  const join = 'The layer takes 1. Join them before, for example with concatenate().';
  for (const layer of [dense({ units: 1 }), dropout({ rate: 0.5 }), masking(), timeDistributed(dense({ units: 1 }))]) {
    expect(() => layer.call([x, x])).toThrow(join);
  }
});

it('bidirectional refuses directions whose outputs do not merge', () => {
  const pair = (backward: LstmOptions, mergeMode: 'sum' | 'concat') => () =>
    bidirectional(lstm({ units: 4 }), { mergeMode, backwardLayer: lstm(backward) });
  expect(pair({ units: 1 }, 'sum')).toThrow(
    "[bidirectional] the outputs are 4 and 1 wide. With mergeMode 'sum' they are equally wide.",
  );
  expect(pair({ units: 1 }, 'concat')).not.toThrow();
  for (const mergeMode of ['', false] as never[])
    expect(pair({ units: 4 }, mergeMode)).toThrow('[bidirectional] mergeMode is');
});

it('switches are true or false', () => {
  const no = 'no' as never;
  for (const make of [
    () => lstm({ units: 1, returnSequences: no }),
    () => dense({ units: 1, useBias: no }),
    () => gru({ units: 1, resetAfter: no }),
    () => embedding({ inputDim: 2, outputDim: 1, maskZero: no }),
    () => dropout({ rate: 0.5, trainable: no }),
  ]) {
    expect(make).toThrow(/^\[\w+\] \w+ is "no"\. \w+ is true or false\. Write for example \w+: true\.$/);
  }
});

it('timeDistributed refuses a layer of several outputs', () => {
  const layer = timeDistributed(lstm({ units: 2, returnState: true }));
  expect(() => layer.apply(input({ shape: [4, 3, 1] }))).toThrow('[timeDistributed] lstm has 3 outputs.');
});

it('masking refuses NaN, which equals nothing', () => {
  expect(() => masking({ maskValue: Number.NaN })).toThrow('[masking] maskValue is NaN.');
});

it.each<[string, unknown, string]>([
  [
    'a function',
    reference,
    'a function was given for a backend. A backend is what a function such as cpu returns. Call it:',
  ],
  [
    'a promise',
    Promise.resolve(),
    'a Promise was given for a backend. A backend is what a function such as cpu returns. Await it',
  ],
  ['nothing', undefined, 'undefined was given for a backend.'],
])('a network moves to no backend that is %s', async (_, backend, message) => {
  await expect(sequential([dense({ units: 1 })]).to(backend as never)).rejects.toThrow(message);
});
