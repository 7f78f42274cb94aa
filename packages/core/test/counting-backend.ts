import type { Backend, Kernels, View } from '../src/backend/types.ts';
import { reference } from '../src/reference/index.ts';
import { sizeOf } from '../src/shape.ts';

/** What kernels did. */
export interface Work {
  calls: number;
  /** Elements that all kernels wrote. */
  elements: number;
  /** Most elements alive at once. */
  peak: number;
}

/** The reference backend without fused kernels, counting what its kernels do. */
export function countingBackend(): { readonly backend: Backend; readonly work: Work } {
  const { fused: _, ...base } = reference();
  const work: Work = { calls: 0, elements: 0, peak: 0 };
  const sizes = new Map<unknown, number>();
  let live = 0;
  const kernels = Object.fromEntries(
    Object.entries(base.kernels).map(([name, kernel]) => [
      name,
      (...args: unknown[]) => {
        const view = (kernel as (...all: unknown[]) => View)(...args);
        const size = sizeOf(view.shape);
        sizes.set(view.handle, size);
        live += size;
        work.calls += 1;
        work.elements += size;
        work.peak = Math.max(work.peak, live);
        return view;
      },
    ]),
  ) as unknown as Kernels;
  const free = (handle: unknown): void => {
    live -= sizes.get(handle) ?? 0;
    base.free(handle);
  };
  return { backend: { ...base, kernels, free }, work };
}
