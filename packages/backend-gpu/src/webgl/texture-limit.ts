import { UnsupportedError } from '@lstm/core';
import { insteadOf } from '../mode.ts';

/** Whether a float32 texture of that size can be written and read up to its last texel. */
function works(gl: WebGL2RenderingContext, width: number, height: number): boolean {
  const [texture, framebuffer] = [gl.createTexture(), gl.createFramebuffer()];
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const [written, found] = [Float32Array.of(1, 2, 3, 4), new Float32Array(4)];
  gl.clearBufferfv(gl.COLOR, 0, written);
  gl.readPixels(width - 1, height - 1, 1, 1, gl.RGBA, gl.FLOAT, found);
  gl.deleteFramebuffer(framebuffer);
  gl.deleteTexture(texture);
  return gl.getError() === gl.NO_ERROR && found.every((value, i) => value === written[i]);
}

/**
 * Returns how many texels a texture has at most on a side.
 *
 * @throws UnsupportedError when the device says more than it can do: what lies beyond would be zeros without an error
 */
export function textureLimit(gl: WebGL2RenderingContext): number {
  const limit = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
  if (works(gl, limit, 1) && works(gl, 1, limit)) return limit;
  throw new UnsupportedError(
    'gpu',
    `this device allows textures of ${limit} texels a side, and one of them cannot be written.`,
    'Tensors are textures.',
    insteadOf('webgl2'),
  );
}
