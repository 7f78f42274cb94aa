/** A stream that tells its errors. */
interface Pipe {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Lets the program go on when a reader of its output has had enough, as `head` has: what it writes to files is wanted still. */
export function surviveClosedPipe(pipe: Pipe): void {
  pipe.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
