import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defaultPlan } from './model.ts';
import { commonFlags, countOf, planOf, readModel, resumed, runProgram, samplingFlags, samplingOf } from './options.ts';

const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
vi.spyOn(console, 'log').mockImplementation(() => undefined);
beforeEach(() => told.mockClear());
afterEach(() => {
  process.exitCode = undefined;
});

const options = { ...commonFlags, ...samplingFlags } as const;

it.each([
  ['an unknown flag', ['--bogus'], "Unknown option '--bogus'"],
  ['a number that looks like a flag', ['--steps', '-3'], "Option '--steps' argument is ambiguous."],
  ['no step', ['--steps', '0'], '[generate] --steps is 0. It is a whole number of at least 1.'],
  ['steps below zero', ['--steps=-3'], '[generate] --steps is -3. It is a whole number of at least 1.'],
  ['another backend', ['--backend', 'xx'], '[lstm] backend is "xx".'],
  ['a model that is not there', ['--prompt', 'x'], '[generate] no/model cannot be read (ENOENT). It is a model'],
])('%s is told in a line, with exit code 2', async (_, args, line) => {
  const program = async (flags: { readonly steps?: string | undefined; readonly prompt?: string | undefined }) => {
    if (flags.steps !== undefined) countOf('steps', flags.steps, 1);
    if (flags.prompt !== undefined) await readModel('no/model');
  };
  await runProgram(options, program, args);
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(line));
  expect(process.exitCode).toBe(2);
});

it('flags of sampling are numbers', () => {
  expect(samplingOf({ temperature: '0.5', 'top-k': '3', seed: '0' })).toEqual({ temperature: 0.5, topK: 3, seed: 0 });
  expect(() => samplingOf({ 'top-k': '0' })).toThrow('[generate] --top-k is 0.');
  expect(() => samplingOf({ seed: '-1' })).toThrow('[generate] --seed is -1.');
});

it('a plan comes from the flags, or with --resume from the model', async () => {
  expect(planOf({ steps: '7', seed: '2' })).toEqual({ ...defaultPlan, trainingSteps: 7, seed: 2 });
  expect(planOf({})).toEqual(defaultPlan);
  for (const flags of [{ steps: '7' }, { seed: '2' }]) {
    await expect(resumed(flags, 'no/model')).rejects.toThrow('stands beside --resume. Training goes on by the plan');
  }
  await expect(resumed({}, 'no/model')).rejects.toThrow('no/model cannot be read');
});
