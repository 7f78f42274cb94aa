// Functions that every kernel may call, written once for all modes, and the few that only GLSL can do well.

/** A function that kernels may call. */
export interface Helper {
  readonly source: string;
  readonly types: { readonly argumentTypes: Readonly<Record<string, string>>; readonly returnType: string };
}

/** log2 of the width, in texels, of every texture with more than one row. */
const rowBits = 11;
/** Width in texels of every texture with more than one row; WebGL2 guarantees it. */
export const rowTexels: number = 2 ** rowBits;

/**
 * Replaces gpu.js's way to texels. `a[i]` is texel or element `i` of a tensor; `a[1][y][x]` is the one at column x, row y of a grid.
 * The texture of a tensor is a power of two wide, so no size is needed: one program serves tensors of every size. gpu.js's own code
 * has the size of the first texture in it and reads wrong elements of later ones.
 */
export const glMacros: string = `
#define texelAt(x) ivec2((x) & ${rowTexels - 1}, (x) >> ${rowBits})
#define getVec4FromSampler2D(tex, size, dim, z, y, x) texelFetch(tex, (z) > 0 ? ivec2(x, y) : texelAt(x), 0)
#define getMemoryOptimized32(tex, size, dim, z, y, x) texelFetch(tex, (z) > 0 ? ivec2((x) >> 2, y) : texelAt((x) >> 2), 0)[(x) & 3]
#define indexTo3D(i, dim) ivec3((i) & ${rowTexels - 1}, (i) >> ${rowBits}, 0)
`;

const integers = { argumentTypes: { i: 'Integer', n: 'Integer' }, returnType: 'Integer' };
const one = { argumentTypes: { x: 'Number' }, returnType: 'Number' };

/**
 * What WebGL2 does itself. Integer arithmetic: gpu.js's `/` is a float division and its locals are floats, exact to 2²⁴ only. And what a
 * number is by its bits: GLSL lets a compiler take NaN for something that is never there.
 */
export const nativeHelpers: readonly (Helper & { readonly name: string })[] = [
  { name: 'quotient', source: 'int quotient(int i, int n) { return i / n; }', types: integers },
  { name: 'residue', source: 'int residue(int i, int n) { return i % n; }', types: integers },
  {
    // What bounds a loop: gpu.js writes a slow one where the bound is an argument itself.
    name: 'count',
    source: 'int count(int n) { return n; }',
    types: { argumentTypes: { n: 'Integer' }, returnType: 'Integer' },
  },
  {
    // Of a number that is whole: with half of one added, odd ones from 2²³ on would become the next.
    name: 'whole',
    source: 'int whole(float x) { return int(x); }',
    types: { argumentTypes: { x: 'Number' }, returnType: 'Integer' },
  },
  {
    name: 'isNan',
    source: 'float isNan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? 1.0 : 0.0; }',
    types: one,
  },
  {
    name: 'isFinite',
    source: 'float isFinite(float x) { return (floatBitsToUint(x) & 0x7f800000u) < 0x7f800000u ? 1.0 : 0.0; }',
    types: one,
  },
];

const two = { argumentTypes: { a: 'Number', b: 'Number' }, returnType: 'Number' };

/**
 * Elementary functions. Those of GLSL lose digits near 0, overflow (tanh is NaN from 50 on), leave cases undefined (pow, log of
 * 0) or make numbers of NaN and infinities, so each says what it does with those. A comparison with NaN is false: what no
 * condition catches is NaN. The literal Infinity would become 3.4e38.
 */
export const scalarHelpers: readonly Helper[] = [
  {
    source: `function expOf(x) {
      let y = x;
      if (x <= 1000) { y = Math.exp(x); }
      if (x < -104) { y = 0; }
      return y;
    }`,
    types: one,
  },
  {
    // The root of a negative number makes the NaN.
    source: `function logOf(x) {
      let y = Math.sqrt(x);
      if (x > 0 && x < 3.4e38) { y = Math.log(x); }
      if (x == 0) { y = -1 / Math.abs(x); }
      return y;
    }`,
    types: one,
  },
  {
    // Taylor's series near 0, where the quotient cancels.
    source: `function tanhOf(x) {
      let y = x;
      if (Math.abs(x) <= 15) { y = 1 - 2 / (Math.exp(2 * x) + 1); }
      if (Math.abs(x) < 0.3) {
        const s = x * x;
        y = x * (1 + s * (-0.333333333 + s * (0.133333333 + s * (-0.0539682540 + s * (0.0218694885 - s * 0.00886323553)))));
      }
      if (x > 15) { y = 1; }
      if (x < -15) { y = -1; }
      return y;
    }`,
    types: one,
  },
  {
    source: `function sigmoidOf(x) {
      const e = Math.exp(-Math.abs(x));
      let y = x;
      if (x < 0) { y = e / (1 + e); }
      if (x >= 0) { y = 1 / (1 + e); }
      return y;
    }`,
    types: one,
  },
  {
    source: `function expm1Of(x) {
      let y = x;
      if (x <= 1000) { y = Math.exp(x) - 1; }
      if (x < -104) { y = -1; }
      if (Math.abs(x) < 0.5) {
        y = x * (1 + x * (0.5 + x * (0.166666667 + x * (0.0416666667 + x * (0.00833333333 + x * (0.00138888889 + x * (0.000198412698 + x * (0.0000248015873 + x * 0.00000275573192))))))));
      }
      return y;
    }`,
    types: one,
  },
  {
    // log(1 + x) = 2 artanh(x / (2 + x)).
    source: `function log1pOf(x) {
      let y = Math.sqrt(1 + x);
      if (x > -1 && x < 3.4e38) { y = Math.log(1 + x); }
      if (x == -1) { y = -1 / Math.abs(1 + x); }
      if (Math.abs(x) < 0.4) {
        const t = x / (2 + x);
        const s = t * t;
        y = 2 * t * (1 + s * (0.333333333 + s * (0.2 + s * (0.142857143 + s * (0.111111111 + s * 0.0909090909)))));
      }
      return y;
    }`,
    types: one,
  },
  {
    // Maclaurin's series below 1; beyond, erfc as e^(−x²) times a Chebyshev fit (Numerical Recipes, 1.2e-7).
    source: `function erfOf(x) {
      const z = Math.abs(x);
      const s = x * x;
      let y = x * 1.12837917 * (1 + s * (-0.333333333 + s * (0.1 + s * (-0.0238095238 + s * (0.00462962963 + s * (-0.000757575758 + s * (0.000106837607 + s * (-0.0000132275132 + s * (0.00000145891690 - s * 0.000000145038522)))))))));
      if (z >= 1) {
        const t = 1 / (1 + 0.5 * z);
        const c = t * Math.exp(-s - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))))))));
        y = 1 - c;
        if (z > 6) { y = 1; }
        if (x < 0) { y = -y; }
      }
      return y;
    }`,
    types: one,
  },
  {
    source: `function signOf(x) {
      let y = x;
      if (x > 0) { y = 1; }
      if (x < 0) { y = -1; }
      return y;
    }`,
    types: one,
  },
  {
    source: `function reluOf(x) {
      let y = x;
      if (x < 0) { y = 0; }
      if (isNan(x) > 0) { y = x; }
      return y;
    }`,
    types: one,
  },
  {
    source: `function hardSigmoidOf(x) {
      let y = (x + 3) / 6;
      if (x > 3) { y = 1; }
      if (x < -3) { y = 0; }
      if (isNan(x) > 0) { y = x; }
      return y;
    }`,
    types: one,
  },
  {
    source: `function reluSlope(y) {
      let s = 0;
      if (y > 0) { s = 1; }
      return s;
    }`,
    types: { argumentTypes: { y: 'Number' }, returnType: 'Number' },
  },
  {
    source: `function hardSigmoidSlope(y) {
      let s = 0;
      if (y > 0 && y < 1) { s = 1 / 6; }
      return s;
    }`,
    types: { argumentTypes: { y: 'Number' }, returnType: 'Number' },
  },
  {
    source: `function truncateOf(x) {
      let y = -2147483648;
      if (x > -2147483648 && x < 2147483648) {
        y = Math.floor(x);
        if (x < 0) { y = Math.ceil(x); }
      }
      return y;
    }`,
    types: one,
  },
  {
    source: `function maxOf(a, b) {
      let y = a + b;
      if (a >= b) { y = a; }
      if (a < b) { y = b; }
      return y;
    }`,
    types: two,
  },
  {
    source: `function minOf(a, b) {
      let y = a + b;
      if (a <= b) { y = a; }
      if (a > b) { y = b; }
      return y;
    }`,
    types: two,
  },
  {
    source: `function lessOf(a, b) {
      let y = 0;
      if (a < b) { y = 1; }
      return y;
    }`,
    types: two,
  },
  {
    source: `function equalOf(a, b) {
      let y = 0;
      if (a == b) { y = 1; }
      return y;
    }`,
    types: two,
  },
  {
    // GLSL leaves negative bases and 0 undefined, and ±1 to the power of an infinity is whatever a driver makes of it.
    source: `function powOf(a, b) {
      const size = Math.abs(a);
      let y = Math.pow(size, b);
      if (a < 0) {
        const half = 0.5 * b;
        if (Math.floor(b) != b) {
          if (isFinite(a) > 0) { y = Math.sqrt(a); }
        }
        else if (Math.floor(half) != half) { y = -y; }
      }
      if (a == 0) {
        y = 0;
        if (b < 0) { y = 1 / size; }
      }
      if (size == 1 && Math.abs(b) > 3.4e38) { y = Math.sqrt(-size); }
      if (isNan(a) > 0 || isNan(b) > 0) { y = a + b; }
      if (b == 0) { y = 1; }
      return y;
    }`,
    types: two,
  },
];
