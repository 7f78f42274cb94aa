import { DeviceLostError, UnsupportedError } from '@lstm/core';
import { startAgain } from '../device.ts';
import { insteadOf } from '../mode.ts';
import { textureLimit } from './texture-limit.ts';

/** A WebGL2 context of its own, not tied to anything on the page. */
export interface Context {
  readonly gl: WebGL2RenderingContext;
  readonly canvas: OffscreenCanvas | HTMLCanvasElement;
  readonly maxTextureSize: number;
  readonly maxResults: number;
  readonly renderer: string;
}

/**
 * Returns a new context.
 *
 * @throws UnsupportedError where there is no WebGL2 or it cannot compute in float32
 */
export function createContext(): Context {
  const canvas =
    typeof OffscreenCanvas === 'function'
      ? new OffscreenCanvas(1, 1)
      : typeof document === 'object'
        ? document.createElement('canvas')
        : undefined;
  const options = { alpha: false, depth: false, antialias: false, powerPreference: 'high-performance' };
  const gl = canvas?.getContext('webgl2', options) as WebGL2RenderingContext | null | undefined;
  if (canvas === undefined || gl === null || gl === undefined) throw noWebGl2();
  if (gl.getExtension('EXT_color_buffer_float') === null) {
    releaseContext(gl);
    throw new UnsupportedError(
      'gpu',
      'this device cannot write float32 textures (EXT_color_buffer_float is missing).',
      'Training needs float32.',
      insteadOf('webgl2'),
    );
  }
  try {
    const maxTextureSize = textureLimit(gl);
    const maxResults = gl.getParameter(gl.MAX_DRAW_BUFFERS) as number;
    return { gl, canvas, maxTextureSize, maxResults, renderer: rendererOf(gl) };
  } catch (error) {
    releaseContext(gl);
    throw error;
  }
}

/** Returns the driver's name for what draws. Firefox gives it without the extension, and Chromium only with it. */
function rendererOf(gl: WebGL2RenderingContext): string {
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL;
  return String(gl.getParameter(unmasked ?? gl.RENDERER) ?? '');
}

/** Gives a context back at once: a page has few, and those that wait for the garbage collector count. */
export function releaseContext(gl: WebGL2RenderingContext): void {
  gl.getExtension('WEBGL_lose_context')?.loseContext();
}

/** The error of a place without WebGL2. */
export function noWebGl2(): UnsupportedError {
  return new UnsupportedError(
    'gpu',
    'there is no WebGL2 here.',
    'Mode webgl2 needs a browser or worker with WebGL2.',
    insteadOf('webgl2'),
  );
}

/** The error of everything that was asked of a device after its context was lost. */
export function contextLost(where: string): DeviceLostError {
  return new DeviceLostError(
    where,
    'the WebGL context was lost.',
    'The browser took the GPU away (driver reset, sleep, too many contexts or too much memory): all tensors on it are gone.',
    startAgain,
  );
}
