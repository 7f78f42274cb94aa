// What a page has and Node has not: WebGL2 of the npm package `gl` (headless-gl 9) in the place of a browser's. The package
// itself knows nothing of it: mode webgl2 takes whatever `OffscreenCanvas` gives it.

/**
 * Puts `OffscreenCanvas` and `WebGL2RenderingContext` in place. Call it before the backend is created.
 * @param {(width: number, height: number, options: object) => any} create the default export of `gl`
 * @returns {string} what draws
 */
export function installHeadlessGl(create) {
  const probe = create(1, 1, { createWebGL2Context: true });
  if (probe === null) throw new Error('headless-gl gives no context: on Linux it needs an X display, see xvfb-run');
  Object.assign(globalThis, {
    WebGL2RenderingContext: probe.constructor,
    OffscreenCanvas: class extends EventTarget {
      getContext(/** @type {string} */ kind, /** @type {object} */ options) {
        return kind === 'webgl2' ? complete(create(1, 1, { ...options, createWebGL2Context: true })) : null;
      }
    },
  });
  const info = probe.getExtension('WEBGL_debug_renderer_info');
  return String(probe.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? probe.RENDERER));
}

/** Gives a context the pixel buffers that headless-gl lacks, by reading at once. */
function complete(/** @type {any} */ gl) {
  const { bindBuffer, bufferData, getParameter, readPixels } = gl;
  /** @type {WeakMap<object, Float32Array>} */
  const pixels = new WeakMap();
  let bound = {};
  const own = {
    bindBuffer(/** @type {number} */ target, /** @type {object} */ buffer) {
      if (target === gl.PIXEL_PACK_BUFFER) bound = buffer;
      else bindBuffer.call(gl, target, buffer);
    },
    bufferData(/** @type {number} */ target, /** @type {unknown[]} */ ...rest) {
      if (target !== gl.PIXEL_PACK_BUFFER) bufferData.call(gl, target, ...rest);
    },
    readPixels(/** @type {any[]} */ ...rest) {
      const [, , width, height] = rest;
      if (ArrayBuffer.isView(rest[6])) return readPixels.call(gl, ...rest);
      const values = new Float32Array(4 * width * height);
      readPixels.call(gl, ...rest.slice(0, 6), values);
      pixels.set(bound, values);
    },
    getBufferSubData(/** @type {number} */ _target, /** @type {number} */ _offset, /** @type {Float32Array} */ into) {
      into.set(pixels.get(bound) ?? []);
    },
    // gpu.js takes a renderer of this name for headless-gl's WebGL1.
    getParameter: (/** @type {number} */ name) => (name === gl.RENDERER ? 'headless-gl' : getParameter.call(gl, name)),
  };
  return Object.assign(gl, own);
}
