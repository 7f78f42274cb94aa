import { type HostArray, hostArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, sequential } from '@lstm/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, loadModel, saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('loadModel refuses', () => {
  const refusal = (bytes: Uint8Array): (() => unknown) => {
    return () => loadModel(bytes);
  };
  const file = (metadata: Record<string, string>, tensors: Record<string, HostArray> = {}): Uint8Array =>
    encodeSafetensors(tensors, { 'lstm.version': '1', ...metadata });
  const config = (value: unknown): Record<string, string> => ({ 'lstm.network': JSON.stringify(value) });

  it('a file of another version, without a network, or with an unusable one', () => {
    expect(refusal(encodeSafetensors({ x: hostArray(1) }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] the file holds tensors and no network. A whole model is a file of saveModel. Make the network in code and call loadWeights(network, bytes).]`,
    );
    expect(refusal(file({ 'lstm.version': '2', 'lstm.network': '?' }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] the file was written in version 2 of the model format. This @lstm/io reads version 1. Install a newer @lstm/io.]`,
    );
    expect(refusal(file({ 'lstm.version': '0', 'lstm.network': '?' }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] lstm.version in the file is "0". It is the number of a version, from 1. Save the model again with saveModel.]`,
    );
    expect(refusal(file({ 'lstm.network': '{' }))).toThrow(/lstm.network in the file is not usable/);
    expect(refusal(file({ 'lstm.network': '{"type":"sequential","__proto__":{}}' }))).toThrow(/__proto__ stands in it/);
    expect(refusal(file(config({ type: 'attention', options: {} })))).toThrow('layer type "attention" is not known.');
    expect(refusal(file(config({ type: 'dense', options: { units: 1 } })))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [networkFromConfig] the config is of a dense. A network is sequential or a model. Make a single layer with layerFromConfig(config).]`,
    );
    const misspelled = { type: 'sequential', options: { layers: [{ type: 'lstm', options: { unit: 1 } }] } };
    expect(refusal(file(config(misspelled)))).toThrow(
      /^\[loadModel\] lstm.network in the file makes no network \(\[lstm\] option unit is unknown\. .*\)\. It is what toConfig\(\) of a network returned\. Save the model again with saveModel\.$/,
    );
    const optimizer = { 'lstm.optimizer': '{"config":{},"iterations":-1}' };
    expect(refusal(file({ 'lstm.network': '{}', ...optimizer }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] lstm.optimizer in the file has no number of iterations. It counts the updates done so far, from 0. Save the model again with saveModel.]`,
    );
  });

  it.each([
    'null',
    '1',
    '[]',
    '{"type":1}',
    '{"type":"constructor","options":{}}',
    '{"type":"sequential"}',
    '{"type":"sequential","options":{"layers":5}}',
    '{"type":"sequential","options":{"layers":[]}}',
    '{"type":"sequential","options":{"layers":[null]}}',
    '{"type":"model","options":{"inputs":[{"shape":[1]}],"layers":[],"nodes":[{"layer":0,"inputs":[],"initialState":[]}],"outputs":[]}}',
    '{"type":"model","options":{"inputs":[],"layers":[],"nodes":[],"outputs":[[0,0]]}}',
    `${'{"type":"bidirectional","options":{"layer":'.repeat(20_000)}1${'}}'.repeat(20_000)}`,
  ])('the config %#', (text) => {
    expect(refusal(file({ 'lstm.network': text }))).toThrow(expect.objectContaining({ code: 'format' }));
  });

  it('tensors that do not fit the config', async () => {
    const { tensors, metadata } = decodeSafetensors(
      await saveModel(sequential([dense({ units: 1, inputShape: [2] })])),
    );
    const { 'dense/bias': _, ...rest } = tensors;
    expect(refusal(encodeSafetensors(rest, metadata))).toThrow('dense/bias [1] is missing in the file');
    expect(refusal(encodeSafetensors({ ...tensors, 'optimizer:x': hostArray(1) }, metadata))).toThrow(
      'optimizer:x [] is not in the network',
    );
  });

  it('a network of a size that the file does not hold, before it is made', () => {
    const huge = { type: 'dense', options: { units: 2 ** 40, inputShape: [2 ** 40] } };
    expect(refusal(file(config({ type: 'sequential', options: { layers: [huge] } })))).toThrow(
      'dense/kernel [1099511627776, 1099511627776] is missing in the file',
    );
  });

  it('options that it does not know', () => {
    expect(() => loadModel(file({}), { layer: {} } as never)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [loadModel] option layer is unknown. Options are layers. Did you mean layers?]`,
    );
  });
});
