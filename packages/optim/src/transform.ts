import { describeValue, OptionError, type Tensor } from '@lstm/core';

/** What is kept for one parameter from step to step, by name. */
export type Slots = Readonly<Record<string, Tensor>>;

/** What a transform may look at besides the updates. */
export interface TransformContext {
  /** Values of the parameters, one for each update. */
  readonly parameters: readonly Tensor[];
  /** What the transform kept for each parameter. */
  readonly slots: readonly Slots[];
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** What a transform gives. */
export interface Transformed {
  /** One for each parameter, of its shape. */
  readonly updates: readonly Tensor[];
  /** For each parameter the names that `init` gave, with new values. */
  readonly slots: readonly Slots[];
}

/** A step from gradients to what is added to the parameters; pure, in ordinary ops. After optax. */
export interface Transform {
  /** Returns the first values of what is kept for a parameter. */
  init(parameter: Tensor): Slots;
  update(updates: readonly Tensor[], context: TransformContext): Transformed;
}

/** Throws unless `transform`, which errors call `what`, is one. */
export function checkTransform(where: string, what: string, transform: Transform): void {
  const given: unknown = transform;
  const { init, update } = Object(given);
  if (typeof init === 'function' && typeof update === 'function') return;
  throw new OptionError(
    where,
    `${what} is ${describeValue(given)}.`,
    'A transform is { init, update }.',
    Array.isArray(given)
      ? 'Pass them one by one: chain(clipByNorm(1), scaleByLearningRate()).'
      : 'Use one of @lstm/optim, for example scaleByAdam(), or write an object with these two functions.',
  );
}

/**
 * Returns what a transform makes of updates.
 *
 * @throws OptionError where that has no updates or no slots
 */
export function transformed(
  where: string,
  transform: Transform,
  updates: readonly Tensor[],
  context: TransformContext,
): Transformed {
  const next: unknown = transform.update(updates, context);
  const { updates: changed, slots } = Object(next);
  if (Array.isArray(changed) && Array.isArray(slots)) return { updates: changed, slots };
  const rule = 'It returns { updates, slots }, a list of each, at once.';
  throw new OptionError(where, `update returned ${describeValue(next)}.`, rule, 'Return both, and do without await.');
}

/**
 * Returns the transform that applies `transforms` in their order. It keeps the slot `name` of the transform at `index` as
 * `<index>.<name>`.
 *
 * @throws OptionError when one of them is no transform
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { chain, clipByValue, scaleByLearningRate } from '@lstm/optim';
 *
 * await useBackend(reference());
 * const transform = chain(clipByValue(1), scaleByLearningRate());
 * const weight = tensor([0, 0]);
 * const context = { parameters: [weight], slots: [transform.init(weight)], learningRate: 0.5, step: 1 };
 * const [update] = transform.update([tensor([4, -0.5])], context).updates;
 * console.log(await update?.data()); // => Float32Array(2) [ -0.5, 0.25 ]
 * ```
 */
export function chain(...transforms: readonly Transform[]): Transform {
  transforms.forEach((transform, i) => {
    checkTransform('chain', `transform ${i}`, transform);
  });
  return {
    init: (parameter) => merged(transforms.map((transform) => transform.init(parameter))),
    update(updates, context) {
      let current = updates;
      const slots = transforms.map((transform, i) => {
        const own = context.slots.map((all) => part(all, i));
        const next = transformed('chain', transform, current, { ...context, slots: own });
        current = next.updates;
        return next.slots;
      });
      return { updates: current, slots: updates.map((_, p) => merged(slots.map((own) => own[p] ?? {}))) };
    },
  };
}

function merged(parts: readonly Slots[]): Slots {
  return Object.fromEntries(
    parts.flatMap((slots, i) => Object.entries(slots).map(([name, value]) => [`${i}.${name}`, value] as const)),
  );
}

function part(slots: Slots, index: number): Slots {
  const prefix = `${index}.`;
  const own = Object.entries(slots).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
}
