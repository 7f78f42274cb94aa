import { beforeEach, expect, it } from 'vitest';
import { loadNative } from '../src/load.ts';
import type { NativeEngine } from '../src/native.ts';

// native/addon/engine.h: slots for tensors, of which handle 0 has the first.
const slots = 2 ** 22 - 1;
const full = 'more than four million tensors are alive. Dispose those that are not needed.';
let engine: NativeEngine;

beforeEach(() => {
  const result = loadNative();
  if (result.native === undefined) throw new Error(result.reason);
  engine = new result.native.Engine(1, '');
  return () => engine.dispose();
});

it('gives all handles that are asked for, or none', () => {
  engine.reserve(new Float64Array(slots - 2));
  for (let i = 0; i < 3; i++) expect(() => engine.reserve(new Float64Array(3))).toThrow(full);
  const handles = [engine.upload(Float32Array.of(1)), engine.upload(Float32Array.of(2))];
  expect(() => engine.upload(Float32Array.of(3))).toThrow(full);
  expect(handles.map((handle) => engine.readSync(handle)[0])).toEqual([1, 2]);
});

it('does nothing where there is no place for the result', () => {
  const parameter = engine.upload(Float32Array.of(1));
  const gradient = engine.upload(Float32Array.of(1));
  engine.reserve(new Float64Array(slots - 2));
  // Gradient descent with a learning rate of 0.5; numbers as fused/optimizer-step.ts writes them.
  const rule = [0, 0.5, 0, 0, 0.9, 0.999, 1e-7, 0, 0, 0.9, 0, 1, 0, 0];
  expect(() => engine.optimizerStep(rule, [parameter], [gradient], [], 0, 0)).toThrow(full);
  expect([0, 1].map(() => engine.readSync(parameter)[0])).toEqual([1, 1]);
  expect(engine.readSync(gradient)[0]).toBe(1);
});
