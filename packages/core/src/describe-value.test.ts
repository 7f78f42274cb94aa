import { expect, it } from 'vitest';
import { describeValue } from './describe-value.ts';
import {
  checkChoice,
  checkInteger,
  checkOptions,
  checkRange,
  full,
  hostArray,
  nearestName,
  ones,
  zeros,
} from './index.ts';

const cyclic: Record<string, unknown> = { name: 1 };
cyclic['self'] = cyclic;
const cyclicList: unknown[] = [1];
cyclicList.push(cyclicList);

it.each<[unknown, string]>([
  [Number.NaN, 'NaN'],
  ['3', '"3"'],
  ['x'.repeat(1e6), `"${'x'.repeat(59)}…"`],
  [10n, 'a BigInt'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Symbol.iterator, 'Symbol(Symbol.iterator)'],
  [[[0, 1], 'a'], '[[0, 1], "a"]'],
  [Array(1e6).fill(0), 'a list of 1,000,000'],
  [new Uint8Array(1e6), 'a Uint8Array of 1,000,000'],
  [new Int16Array(2), 'an Int16Array of 2'],
  [new Date(0), 'a Date'],
  [Promise.resolve(1), 'a Promise'],
  [() => 1, 'a function'],
  [{}, 'an empty object'],
  [Object.create(null), 'an empty object'],
  [{ data: Array(1e6), shape: [1] }, 'an object with data, shape'],
  [cyclic, 'an object with name, self'],
  [cyclicList, '[1, [1, [1, a list of 2]]]'],
])('tells what a value is, in few words', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

const refused = (values: unknown): string => {
  try {
    hostArray(values as never);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

it('names the type of data that are none, and no more of them', () => {
  expect(refused(new Uint8Array(1e6))).toMatchInlineSnapshot(
    `"DataError: [hostArray] the values are a Uint8Array of 1,000,000. Values are numbers in nested lists, a Float32Array, Int32Array or Float64Array, or { data, shape } with one of these. Convert them, for example with Float32Array.from(values)."`,
  );
  expect(refused({ data: Array(1e6).fill(0), shape: [1e6] })).toMatchInlineSnapshot(
    `"DataError: [hostArray] data is a list of 1,000,000. The data of { data, shape } are a Float32Array, Int32Array or Float64Array. Convert them, for example with Float32Array.from(values)."`,
  );
  expect(refused(cyclic)).toContain('the values are an object with name, self.');
  expect(refused(undefined)).toContain('the values are undefined.');
  expect(refused('12')).toContain('the values are "12".');
});

it('says where in nested lists something else is', () => {
  expect(refused([[[1]], [[null]]])).toMatchInlineSnapshot(
    `"DataError: [hostArray] a list at depth 3 has null where a number was expected, at [1][0][0]. Nested lists are rectangular and hold numbers. Turn texts and gaps into numbers before."`,
  );
  expect(refused([[1, 2], [3]])).toContain('has 1 values where 2 values were expected, at [1].');
  expect(refused([[1], [10n]])).toContain('has a BigInt where a number was expected, at [1][0].');
  expect(refused([[], [1]])).toContain('has 1 values where 0 values were expected, at [1].');
});

it('an example of an integer is one', () => {
  const message = (value: unknown) => {
    try {
      checkInteger('fit', 'epochs', value as number);
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  expect(message(Number.POSITIVE_INFINITY)).toBe(
    '[fit] epochs is Infinity. epochs is an integer of at least 1. Write for example epochs: 1.',
  );
  expect(message('3')).toBe('[fit] epochs is "3". epochs is an integer of at least 1. Write for example epochs: 3.');
  expect(message(-4)).toContain('Write for example epochs: 1.');
  expect(() => checkRange('fit', 'rate', '0.5' as never, 0)).toThrow('rate is "0.5".');
});

it('proposes a name only where it is spelled nearly so', () => {
  expect(nearestName('lr', ['beta1', 'epsilon', 'clipNorm'])).toBeUndefined();
  expect(nearestName('foo', ['zeros', 'ones'])).toBeUndefined();
  expect(nearestName('slope', ['negativeSlope'])).toBe('negativeSlope');
  expect(nearestName('featureRange', ['clip', 'range'])).toBe('range');
  expect(nearestName('keepDims', ['axes', 'keepAxes'])).toBe('keepAxes');
  expect(() => checkOptions('adam', { rho: 1 }, ['learningRate', 'beta1'])).toThrow(
    'Options are learningRate, beta1. Remove rho.',
  );
  const elsewhere = { hardTanh: 'Write clip.' };
  expect(() => checkChoice<string>('dense', 'activation', 'hard_tanh', ['tanh'], elsewhere)).toThrow(
    '[dense] activation is "hard_tanh". It is one of tanh. Write clip.',
  );
  expect(() => checkChoice<string>('dense', 'kernelInitializer', 'foo', ['zeros', 'ones'])).toThrow(
    'It is one of zeros, ones. Use one of them.',
  );
});

it.each([
  ['val_loss', ['loss', 'valLoss'], 'valLoss'],
  ['VAL-LOSS', ['loss', 'valLoss'], 'valLoss'],
  ['lr', ['clipNorm', 'learningRate'], 'learningRate'],
  ['bce', ['mse', 'binaryCrossentropy', 'categoricalCrossentropy'], 'binaryCrossentropy'],
  ['cce', ['mse', 'binaryCrossentropy', 'categoricalCrossentropy'], 'categoricalCrossentropy'],
  ['adm', ['sgd', 'adam'], 'adam'],
  ['tm', ['momentum', 'beta1'], undefined],
  ['ab', ['x', 'y'], undefined],
])('takes %s in %j for %s', (name, allowed, meant) => {
  expect(nearestName(name, allowed)).toBe(meant);
});

it('says what does it here where another library has a name for it', () => {
  const check = (options: object) => () =>
    checkOptions('wordTokenizer', options, ['maxTokens'], { numWords: 'Write maxTokens.' });
  const message = '[wordTokenizer] option num_words is unknown. Options are maxTokens. Write maxTokens.';
  expect(check({ num_words: 3 })).toThrow(message);
  expect(check({ numWords: 3 })).toThrow('Options are maxTokens. Write maxTokens.');
  expect(check({ maxToken: 3 })).toThrow('Did you mean maxTokens?');
});

it('a shape is a list', () => {
  expect(() => zeros(3 as never)).toThrow('[zeros] shape is 3. A shape is a list of lengths.');
  expect(() => ones(3 as never)).toThrow('[ones] shape is 3.');
  expect(() => full(3 as never, 0)).toThrow('[full] shape is 3.');
});

it.each([
  ['dim', ['axes', 'keepAxes'], 'Did you mean axes?'],
  ['dim', ['axis'], 'Did you mean axis?'],
  ['keepdim', ['axes', 'keepAxes'], 'Did you mean keepAxes?'],
  ['hidden_size', ['units', 'activation'], 'Did you mean units?'],
  ['hidden_size', ['rate'], 'Remove hidden_size.'],
  ['constructor', ['units'], 'Remove constructor.'],
])('an option of another library is told by its name here: %s', (name, allowed, fix) => {
  expect(() => checkOptions('here', { [name]: 1 }, allowed)).toThrow(fix);
});
