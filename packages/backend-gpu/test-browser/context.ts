/** A WebGL2 context that was made while watched, and how many objects of each kind it has. */
export interface WatchedContext {
  readonly gl: WebGL2RenderingContext;
  readonly live: Record<'Texture' | 'Buffer' | 'Framebuffer' | 'Program', number>;
}

/** Resolves to what `make` makes, and the last context that was created meanwhile. */
export async function watchContext<T>(make: () => Promise<T>): Promise<{ made: T; context: WatchedContext }> {
  const live = { Texture: 0, Buffer: 0, Framebuffer: 0, Program: 0 };
  let gl: WebGL2RenderingContext | undefined;
  const { getContext } = OffscreenCanvas.prototype;
  OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...values: unknown[]) {
    const context: unknown = Reflect.apply(getContext, this, values);
    if (context instanceof WebGL2RenderingContext) {
      gl = context;
      for (const kind of ['Texture', 'Buffer', 'Framebuffer', 'Program'] as const) count(context, kind, live);
    }
    return context;
  } as typeof getContext;
  const made = await make().finally(() => {
    OffscreenCanvas.prototype.getContext = getContext;
  });
  if (gl === undefined) throw new Error('no WebGL2 context was made');
  return { made, context: { gl, live } };
}

function count(
  context: WebGL2RenderingContext,
  kind: keyof WatchedContext['live'],
  live: WatchedContext['live'],
): void {
  const methods = context as unknown as Record<string, (object?: object | null) => unknown>;
  const [create, remove] = [methods[`create${kind}`], methods[`delete${kind}`]];
  methods[`create${kind}`] = () => {
    live[kind]++;
    return create?.call(context);
  };
  methods[`delete${kind}`] = (object) => {
    if (object) live[kind]--;
    remove?.call(context, object);
  };
}

/** A WebGPU device that was made while watched, its buffers, and how often it was given work. */
export interface WatchedDevice {
  readonly device: GPUDevice;
  readonly live: { buffers: number; submissions: number };
}

/** Resolves to what `make` makes, and the last device that was requested meanwhile. */
export async function watchDevice<T>(make: () => Promise<T>): Promise<{ made: T; context: WatchedDevice }> {
  const live = { buffers: 0, submissions: 0 };
  let device: GPUDevice | undefined;
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...values) {
    const own: GPUDevice = await Reflect.apply(requestDevice, this, values);
    device = own;
    const createBuffer = own.createBuffer.bind(own);
    own.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      live.buffers++;
      buffer.destroy = () => {
        live.buffers--;
        return destroy();
      };
      return buffer;
    };
    const submit = own.queue.submit.bind(own.queue);
    own.queue.submit = (buffers) => {
      live.submissions++;
      return submit(buffers);
    };
    return own;
  };
  const made = await make().finally(() => {
    GPUAdapter.prototype.requestDevice = requestDevice;
  });
  if (device === undefined) throw new Error('no WebGPU device was made');
  return { made, context: { device, live } };
}
