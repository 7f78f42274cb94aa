import { spawn } from 'node:child_process';

/**
 * Runs a program, shows what it prints and keeps it. Windows needs the shell to find `.cmd` files.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, quiet?: boolean, env?: NodeJS.ProcessEnv }} [options] quiet: print only when the program fails
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function run(command, args, { cwd, quiet = false, env: more } = {}) {
  return new Promise((resolve) => {
    const env = { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }), ...more };
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (!quiet) process.stdout.write(text);
      });
    }
    const finish = (/** @type {boolean} */ ok) => {
      if (quiet && !ok) process.stdout.write(output);
      resolve({ ok, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      finish(false);
    });
    child.on('close', (status) => finish(status === 0));
  });
}
