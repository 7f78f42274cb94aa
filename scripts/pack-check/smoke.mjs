// The program that `pnpm pack:check` runs against the installed packages, in Node and from a bundle.
import * as core from '@lstm/core';
import * as data from '@lstm/data';
import * as io from '@lstm/io';
import * as layers from '@lstm/layers';
import * as optim from '@lstm/optim';
import * as train from '@lstm/train';

for (const [name, exports] of Object.entries({ core, data, io, layers, optim, train })) {
  const broken = Object.entries(exports).filter(([, value]) => value === undefined);
  if (broken.length > 0)
    throw new Error(`@lstm/${name} exports undefined names: ${broken.map(([key]) => key).join(', ')}`);
}
