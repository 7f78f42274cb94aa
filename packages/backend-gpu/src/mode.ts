/** How the kernels run: packed WebGL2, WebGPU, or WebAssembly by gpu.js for machines without a GPU. */
export type GpuMode = 'webgl2' | 'webgpu' | 'webasm';
