/** Tells how far the device has come, without ever blocking the thread. */
export class Fences {
  readonly #gl: WebGL2RenderingContext;
  #doneOps = 0;
  #doneBytes = 0;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  /** Work queued and not known to be done. */
  pending(ops: number, bytes: number): { readonly ops: number; readonly bytes: number } {
    return { ops: ops - this.#doneOps, bytes: bytes - this.#doneBytes };
  }

  /** Resolves when what was queued so far is done, or the context is lost. */
  async passed(ops: number, bytes: number): Promise<void> {
    const gl = this.#gl;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (fence === null) return;
    // Without it the fence may stay in a queue that nobody sends off.
    gl.flush();
    for (let round = 0; !gl.isContextLost(); round++) {
      const status = gl.clientWaitSync(fence, 0, 0);
      if (status === gl.CONDITION_SATISFIED || status === gl.ALREADY_SIGNALED || status === gl.WAIT_FAILED) break;
      await nextTurn(round);
    }
    gl.deleteSync(fence);
    this.#doneOps = Math.max(this.#doneOps, ops);
    this.#doneBytes = Math.max(this.#doneBytes, bytes);
  }
}

/** Lets other events run: soon at first, because timers of browsers wait 4 ms, then without burning the processor. */
function nextTurn(round: number): Promise<void> {
  return new Promise((resolve) => {
    if (round > 20) {
      setTimeout(resolve, 1);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
