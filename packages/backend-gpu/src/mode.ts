/** How the kernels run: packed WebGL2, WebGPU, or WebAssembly by gpu.js for machines without a GPU. */
export type GpuMode = 'webgl2' | 'webgpu' | 'webasm';

/** What errors tell to use where a mode does not run: in a browser, and in Node. */
export function insteadOf(mode: GpuMode): string {
  const other = mode === 'webgl2' ? 'webgpu' : 'webgl2';
  return `Use gpu({ mode: '${other}' }) or reference() of @lstm/core/reference; in Node, cpu() of @lstm/backend-cpu.`;
}
