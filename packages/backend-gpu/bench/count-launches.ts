// Counts what the engines of a page ask of the GPU: launches, and the bytes of the textures and buffers that they write.

/** What was counted. */
export interface Counts {
  readonly launches: number;
  readonly bytes: number;
}

// Asking the driver takes time: only while nothing is timed.
let counting = false;
let counts = { launches: 0, bytes: 0 };

/** Resolves to what `work` asked of the GPU. */
export async function countOf(work: () => Promise<unknown>): Promise<Counts> {
  counts = { launches: 0, bytes: 0 };
  counting = true;
  await work().finally(() => {
    counting = false;
  });
  return counts;
}

type Methods<T> = { [Name in keyof T]: T[Name] extends (...values: never[]) => unknown ? Name : never }[keyof T];

/** Calls `before` with the object and the arguments of each call of a method. */
function watch<T extends object, Name extends Methods<T>>(
  prototype: T,
  name: Name,
  before: (self: T, values: unknown[], result: unknown) => void,
): void {
  const method = prototype[name] as (...values: unknown[]) => unknown;
  prototype[name] = function (this: T, ...values: unknown[]): unknown {
    const result = method.apply(this, values);
    before(this, values, result);
    return result;
  } as T[Name];
}

/** Draw calls write all texels of the viewport, into each texture that is attached. */
function watchWebGl(): void {
  const draw = (gl: WebGL2RenderingContext): void => {
    if (!counting) return;
    const [, , width = 0, height = 0] = gl.getParameter(gl.VIEWPORT) as Int32Array;
    const places = Array.from({ length: 8 }, (_, i) => gl.getParameter(gl.DRAW_BUFFER0 + i) as number);
    const results = places.filter((place) => place !== gl.NONE).length;
    counts = { launches: counts.launches + 1, bytes: counts.bytes + 16 * width * height * Math.max(1, results) };
  };
  watch(WebGL2RenderingContext.prototype, 'drawArrays', draw);
  watch(WebGL2RenderingContext.prototype, 'drawElements', draw);
}

/** Dispatches write the buffers that their shader may write. */
function watchWebGpu(): void {
  const written = new WeakMap<object, ReadonlySet<number>>();
  const sizes = new WeakMap<object, ReadonlyMap<number, number>>();
  const current = new WeakMap<object, { pipeline?: object; group?: object }>();
  const of = (pass: object) => current.get(pass) ?? current.set(pass, {}).get(pass) ?? {};
  watch(GPUDevice.prototype, 'createShaderModule', (_, [descriptor], module) => {
    const { code } = descriptor as GPUShaderModuleDescriptor;
    const places = [...code.matchAll(/@binding\((\d+)\)\s*var\s*<\s*storage\s*,\s*read_write/g)];
    written.set(module as object, new Set(places.map(([, place]) => Number(place))));
  });
  for (const name of ['createComputePipeline', 'createComputePipelineAsync'] as const) {
    watch(GPUDevice.prototype, name, (_, [descriptor], made) => {
      const places = written.get((descriptor as GPUComputePipelineDescriptor).compute.module) ?? new Set<number>();
      void Promise.resolve(made).then((pipeline) => written.set(pipeline as object, places));
      written.set(made as object, places);
    });
  }
  watch(GPUDevice.prototype, 'createBindGroup', (_, [descriptor], group) => {
    const all = new Map<number, number>();
    for (const { binding, resource } of (descriptor as GPUBindGroupDescriptor).entries) {
      if ('buffer' in resource) all.set(binding, resource.size ?? resource.buffer.size - (resource.offset ?? 0));
    }
    sizes.set(group as object, all);
  });
  const pass = GPUComputePassEncoder.prototype;
  watch(pass, 'setPipeline', (self, [pipeline]) => {
    of(self).pipeline = pipeline as object;
  });
  watch(pass, 'setBindGroup', (self, [, group]) => {
    of(self).group = group as object;
  });
  watch(pass, 'dispatchWorkgroups', (self) => {
    const { pipeline, group } = of(self);
    if (!counting || pipeline === undefined || group === undefined) return;
    const own = sizes.get(group);
    const bytes = [...(written.get(pipeline) ?? [])].reduce((sum, place) => sum + (own?.get(place) ?? 0), 0);
    counts = { launches: counts.launches + 1, bytes: counts.bytes + bytes };
  });
}

watchWebGl();
if ('GPUDevice' in globalThis) watchWebGpu();
