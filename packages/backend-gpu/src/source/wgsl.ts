// What gpu.js can't say in WGSL: it divides floats where integers are meant, and its kernels write one number each. It writes
// calls of stand-ins, whose bodies are replaced here.

import { ownFault } from '../own-fault.ts';
import type { Helper } from './helpers.ts';

interface StandIn extends Helper {
  readonly name: string;
  /** Statements in WGSL. */
  readonly body: string;
}

const integers = { argumentTypes: { i: 'Integer', n: 'Integer' }, returnType: 'Integer' };
const one = { argumentTypes: { x: 'Number' }, returnType: 'Number' };

const nativeStandIns: readonly StandIn[] = [
  {
    name: 'quotient',
    source: 'function quotient(i, n) { return i; }',
    types: integers,
    body: 'return user_i / user_n;',
  },
  { name: 'residue', source: 'function residue(i, n) { return i; }', types: integers, body: 'return user_i % user_n;' },
  {
    name: 'count',
    source: 'function count(n) { return n; }',
    types: { argumentTypes: { n: 'Integer' }, returnType: 'Integer' },
    body: 'return user_n;',
  },
  {
    name: 'whole',
    source: 'function whole(x) { return 0; }',
    types: { argumentTypes: { x: 'Number' }, returnType: 'Integer' },
    body: 'return i32(user_x);',
  },
  {
    name: 'isNan',
    source: 'function isNan(x) { return x; }',
    types: one,
    body: 'return select(0.0, 1.0, (bitcast<u32>(user_x) & 0x7fffffffu) > 0x7f800000u);',
  },
  {
    name: 'isFinite',
    source: 'function isFinite(x) { return x; }',
    types: one,
    body: 'return select(0.0, 1.0, (bitcast<u32>(user_x) & 0x7f800000u) < 0x7f800000u);',
  },
];

// A parameter and the most slots of an optimizer.
const mostTargets = 4;

/** `put0(i, x)` writes `x` as element `i` of a kernel's first target, and so on. */
const putStandIns: readonly StandIn[] = Array.from({ length: mostTargets }, (_, n) => ({
  name: `put${n}`,
  source: `function put${n}(i, x) { return x; }`,
  types: { argumentTypes: { i: 'Integer', x: 'Number' }, returnType: 'Number' },
  body: '',
}));

/** Functions that kernels for WebGPU may call besides those of all modes. */
export const stubs: readonly Helper[] = [...nativeStandIns, ...putStandIns];

/** Returns the text with what the pattern finds replaced; gpu.js must have written it. */
function replaced(code: string, what: string, pattern: RegExp, by: string): string {
  if (pattern.test(code)) return code.replace(pattern, by);
  throw ownFault(`gpu.js wrote ${what} in another way.`);
}

/** Returns a shader by gpu.js with our bodies in it; with targets it writes to those only. */
export function rewriteShader(shader: string, targets: readonly string[]): string {
  let code = shader;
  const bodies = [
    ...nativeStandIns,
    ...putStandIns.map((each, n) => ({ ...each, body: `user_${targets[n]}[user_i] = user_x; return user_x;` })),
  ];
  for (const { name, body } of bodies) {
    if (!code.includes(`fn_${name}(`)) continue;
    code = replaced(code, name, new RegExp(`(fn fn_${name}\\([^)]*\\) *-> *\\w+ *\\{)[^}]*\\}`), `$1 ${body} }`);
  }
  for (const name of targets) code = replaced(code, name, new RegExp(`read(> user_${name} :)`), 'read_write$1');
  if (targets.length === 0) return code;
  code = replaced(code, 'the result', /@group\(0\) @binding\(\d+\) var<storage, read_write> result : array<f32>;/, '');
  return replaced(code, 'the end', /result\[data_index\] = [^;]*;/, '');
}
