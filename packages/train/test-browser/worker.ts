// Is ready long after the page has asked.
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { serveFit } from '@lstm/train';

await new Promise((resolve) => setTimeout(resolve, 200));
await useBackend(reference());
serveFit({ loss: 'mse' });
