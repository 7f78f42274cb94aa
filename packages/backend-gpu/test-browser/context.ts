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
