import {
  type Backend,
  type FusedKernel,
  type FusedKernels,
  type FusedUpdate,
  type FusedUpdates,
  type Kernels,
  type RequiredKernel,
  requiredKernels,
  type View,
} from '@lstm/core';

/** A kernel as a proxy sees it. */
export type AnyKernel = (...values: readonly unknown[]) => View;
/** A fused kernel as a proxy sees it. */
export type AnyFused = FusedKernel<object, unknown, object>;
/** A fused update as a proxy sees it. */
export type AnyUpdate = FusedUpdate<unknown, unknown, unknown>;

// The compiler keeps this list complete.
const optionalKernels: Readonly<Record<Exclude<keyof Kernels, RequiredKernel>, true>> = {
  activationGradient: true,
  cumulativeSum: true,
  flip: true,
  roundToBfloat16: true,
  bernoulli: true,
};

function isView(value: object): value is View {
  return 'handle' in value && 'shape' in value && 'dtype' in value;
}

/** Returns `value` with every view inside its arrays and plain objects replaced. */
export function mapViews<T>(value: T, map: (view: View) => View): T {
  const walk = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (isView(part)) return map(part);
    if (Array.isArray(part)) return part.map(walk);
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, walk(each)]));
  };
  return walk(value) as T;
}

/** Returns every view inside `value`. */
export function viewsIn(value: unknown): View[] {
  const found: View[] = [];
  mapViews(value, (view) => {
    found.push(view);
    return view;
  });
  return found;
}

/** Returns the kernels that a backend has, each replaced. */
export function mapKernels(kernels: Kernels, map: (name: keyof Kernels, kernel: AnyKernel) => AnyKernel): Kernels {
  const names = [...requiredKernels, ...Object.keys(optionalKernels)] as (keyof Kernels)[];
  const present = names.filter((name) => kernels[name] !== undefined);
  const replaced = present.map((name) => [name, map(name, (kernels[name] as AnyKernel).bind(kernels))]);
  return Object.fromEntries(replaced) as unknown as Kernels;
}

/** Returns the fused kernels and updates that a backend has, each replaced. */
export function mapFused(
  backend: Backend,
  mapKernel: (name: string, kernel: AnyFused) => AnyFused,
  mapUpdate: (name: string, update: AnyUpdate) => AnyUpdate,
): { readonly fused: FusedKernels; readonly updates: FusedUpdates } {
  const replace = <T>(all: object | undefined, map: (name: string, each: T) => T): object =>
    Object.fromEntries(
      Object.entries(all ?? {}).flatMap(([name, each]) => (each === undefined ? [] : [[name, map(name, each as T)]])),
    );
  return {
    fused: replace(backend.fused, mapKernel) as FusedKernels,
    updates: replace(backend.updates, mapUpdate) as FusedUpdates,
  };
}
