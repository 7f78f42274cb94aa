import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cpuInfo } from '../src/index.ts';
import { type LoadResult, loadFrom, type PackageFiles, platformName } from '../src/load.ts';

const { detail: binary } = cpuInfo();
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lstm-load-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const compiled = (): string => join(root, 'build/Release/backend_cpu.node');
const packed = (platform = platformName()): string => join(root, 'prebuilds', platform, 'backend_cpu.node');

const files = (): PackageFiles => ({ buildNote: join(root, 'build/unavailable.txt'), compiled: compiled(), packed });
const load = (environment: NodeJS.ProcessEnv): LoadResult => loadFrom(files(), environment);

function put(file: string, contents?: Uint8Array): string {
  mkdirSync(dirname(file), { recursive: true });
  if (contents === undefined) copyFileSync(binary, file);
  else writeFileSync(file, contents);
  return file;
}

/** The real binary with another processor in its header. */
function foreign(): Uint8Array {
  const bytes = readFileSync(binary);
  bytes.writeUInt16LE(0xf3, 18); // RISC-V in ELF; no valid header in Mach-O and PE
  return bytes;
}

describe('the place of the binary', () => {
  it('is what was compiled here, before what was packed', () => {
    put(packed());
    expect(load({})).toMatchObject({ file: packed(), source: `packed for ${platformName()}`, skipped: [] });
    put(compiled());
    expect(load({})).toMatchObject({ file: compiled(), source: 'compiled here', skipped: [] });
  });

  it('is what LSTM_CPU_BINARY names, and nothing else then', () => {
    put(compiled());
    const elsewhere = put(join(root, 'elsewhere.node'));
    expect(load({ LSTM_CPU_BINARY: elsewhere })).toMatchObject({
      file: elsewhere,
      source: 'LSTM_CPU_BINARY',
    });
    expect(load({ LSTM_CPU_BINARY: join(root, 'absent.node') })).toEqual({
      native: undefined,
      reason: `LSTM_CPU_BINARY: ${join(root, 'absent.node')} does not exist`,
      fix: 'Unset LSTM_CPU_BINARY, or name another file',
    });
  });

  it('is out of reach of a bundle, whose require knows its own modules only', async () => {
    vi.resetModules();
    vi.doMock('node:module', () => ({
      createRequire: () => () => {
        throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
      },
    }));
    const { loadFrom: bundledLoad } = await import('../src/load.ts');
    vi.doUnmock('node:module');
    put(packed());
    expect(bundledLoad(files(), {})).toEqual({
      native: undefined,
      reason: `${packed()} is out of reach of the bundle that this program is`,
      fix: 'In a bundle mark @lstm/backend-cpu as external, or set LSTM_CPU_BINARY to the .node file of the package',
    });
  });

  it('is none under LSTM_NO_NATIVE=1', () => {
    put(compiled());
    const found = load({ LSTM_NO_NATIVE: '1' });
    expect(found).toMatchObject({ native: undefined, fix: 'Unset LSTM_NO_NATIVE to use it' });
  });
});

describe('a binary that is', () => {
  it('missing: the reason is the platform, or what the build in the checkout left', () => {
    expect(load({})).toEqual({
      native: undefined,
      reason: `there is no binary for ${platformName()} in ${join(root, 'prebuilds')}`,
      fix:
        'In a bundle mark @lstm/backend-cpu as external, or set LSTM_CPU_BINARY to the .node file of the package. ' +
        'Install a C++17 compiler, make and Python 3, then run: npx lstm-build-native',
    });
    put(join(root, 'build/unavailable.txt'), Buffer.from('there is no C++ compiler (c++)\n'));
    expect(load({})).toMatchObject({
      reason: 'there is no C++ compiler (c++)',
      fix: 'Install a C++17 compiler, make and Python 3, then run: npx lstm-build-native',
    });
  });

  it.each([
    ['empty', () => new Uint8Array()],
    ['cut off', () => readFileSync(binary).subarray(0, 20_000)],
    ['of another processor', foreign],
    ['no binary at all', () => Buffer.from('<!doctype html>')],
  ])('%s: the reason says that it does not load, and the next one is taken', (_, contents) => {
    put(compiled(), contents());
    const broken = load({}) as { reason: string; fix: string };
    expect(broken.reason).toContain(`${compiled()} does not load: `);
    expect(broken.fix).toMatch(/^Install the package again on this system\. .*npx lstm-build-native$/);
    put(packed());
    expect(load({})).toMatchObject({
      file: packed(),
      skipped: [expect.stringContaining(`${compiled()} does not load: `)],
    });
  });
});

/** A fresh copy of the package's modules, which remember what they loaded and warned of. */
async function fresh(): Promise<typeof import('../src/index.ts')> {
  vi.resetModules();
  return import('../src/index.ts');
}

describe('cpu()', () => {
  it('warns once, with reason and fix, and returns the reference backend', async () => {
    const broken = put(join(root, 'broken.node'), new Uint8Array(100));
    vi.stubEnv('LSTM_CPU_BINARY', broken);
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { cpu, cpuInfo: info } = await fresh();
    expect([cpu().name, cpu().name]).toEqual(['reference', 'reference']);
    expect(warn).toHaveBeenCalledTimes(1);
    const [message, options] = warn.mock.calls[0] ?? [];
    expect(options).toEqual({ code: 'LSTM_NO_NATIVE' });
    expect(message).toContain(`[cpu] the native addon is not available: LSTM_CPU_BINARY: ${broken} does not load: `);
    expect(message).toMatch(/The slower reference backend takes over\. Unset LSTM_CPU_BINARY, or name another file\.$/);
    expect(info()).toMatchObject({
      native: false,
      reasons: ['To get it: Unset LSTM_CPU_BINARY, or name another file.'],
    });
  });

  it('warns once of an instruction set that this processor has not, and takes the fastest one', async () => {
    vi.stubEnv('LSTM_CPU_BINARY', binary);
    vi.stubEnv('LSTM_CPU_ISA', 'avx9000');
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { cpu, cpuInfo: info } = await fresh();
    for (let i = 0; i < 2; i++) {
      const backend = cpu();
      expect(backend.name).toBe('cpu');
      backend.dispose();
    }
    const { instructionSet, instructionSets, reasons } = info();
    expect(instructionSet).toBe(instructionSets?.at(-1));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toBe(
      `[cpu] LSTM_CPU_ISA is "avx9000", and this processor runs ${instructionSets?.join(', ')}. ${instructionSet} is used. ` +
        'Unset LSTM_CPU_ISA, or name one of these.',
    );
    expect(reasons[1]).toContain('LSTM_CPU_ISA is "avx9000"');
    expect(() => cpu({ instructionSet: 'avx9000' })).toThrow('instruction set "avx9000" does not run here.');
  });

  it('takes instruction set and threads from the environment, and says so', async () => {
    vi.stubEnv('LSTM_CPU_BINARY', binary);
    vi.stubEnv('LSTM_CPU_ISA', 'baseline');
    vi.stubEnv('LSTM_NUM_THREADS', '3');
    const { cpu, cpuInfo: info } = await fresh();
    const { instructionSet, threads, reasons } = info();
    expect([instructionSet, threads]).toEqual(['baseline', 3]);
    expect(reasons[0]).toBe(`Binary: ${binary}, LSTM_CPU_BINARY.`);
    expect(reasons[1]).toMatch(/^Instruction set: baseline of baseline.*: LSTM_CPU_ISA\.$/);
    expect(reasons[2]).toBe('Threads: 3: LSTM_NUM_THREADS.');
    vi.stubEnv('LSTM_NUM_THREADS', 'many');
    expect(() => cpu()).toThrow('LSTM_NUM_THREADS');
  });

  if (process.platform === 'linux')
    it('uses as many threads as the process may use processors', () => {
      const code = `console.log(require(${JSON.stringify(binary)}).processors)`;
      const { stdout } = spawnSync('taskset', ['-c', '0', process.execPath, '-e', code], { encoding: 'utf8' });
      expect(stdout.trim()).toBe('1');
    });
});
