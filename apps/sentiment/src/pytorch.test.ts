import { expect, it } from 'vitest';
import { defaultSettings } from './models/classifier.ts';
import { argumentsOf } from './options.ts';
import { pytorchScores } from './pytorch.ts';

it('PyTorch is compared where it had the same epochs', async () => {
  const { epochs } = defaultSettings;
  expect((await pytorchScores('MR', epochs))?.accuracy.mean).toBeGreaterThan(0.7);
  expect(await pytorchScores('MR', epochs - 1)).toBeUndefined();
  expect(await pytorchScores('another', epochs)).toBeUndefined();
});

it('epochs are at least one', () => {
  expect(() => argumentsOf(['--epochs', '0'], [])).toThrow('[sentiment] --epochs is 0.');
});
