// Is ready long after the page has asked.
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { serveFit } from '@lstm/train';

await new Promise((resolve) => setTimeout(resolve, 200));
await useBackend(reference());
serveFit({ loss: 'mse' });
// Long after the first job is there.
if (location.search.includes('stray')) setTimeout(() => reportError(new Error('stray')), 500);
addEventListener('message', ({ data }) => data === 'close' && close());
