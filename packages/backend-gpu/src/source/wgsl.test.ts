import { BackendError } from '@lstm/core';
import { expect, it } from 'vitest';
import { rewriteShader } from './wgsl.ts';

const shader = `@group(0) @binding(1) var<storage, read> user_a : array<f32>;
@group(0) @binding(2) var<storage, read> user_into : array<f32>;
@group(0) @binding(3) var<storage, read_write> result : array<f32>;
fn fn_put0(user_i : i32, user_x : f32) -> f32 {
return user_x;
}
fn fn_quotient(user_i : i32, user_n : i32) -> i32 {
return user_i;
}
fn main() {
fn_put0(fn_quotient(7, 2), 1.0);
result[data_index] = 0.0;return;
}`;

it('divides integers, and writes to targets instead of the result', () => {
  const code = rewriteShader(shader, ['into']);
  expect(code).toContain('return user_i / user_n;');
  expect(code).toContain('user_into[user_i] = user_x;');
  expect(code).toContain('var<storage, read_write> user_into');
  expect(code).toContain('var<storage, read> user_a');
  expect(code).not.toContain('result');
});

it('leaves the result where a kernel has no targets', () => {
  const plain = shader.replace('fn_put0(fn_quotient(7, 2), 1.0);', '').replace(/fn fn_put0[^}]*\}/, '');
  expect(rewriteShader(plain, [])).toContain('result[data_index] = 0.0;');
});

it('refuses a shader that gpu.js wrote in another way', () => {
  expect(() => rewriteShader(shader.replace('fn fn_quotient(', 'fn  fn_quotient ('), ['into'])).toThrow(BackendError);
  expect(() => rewriteShader(shader, ['missing'])).toThrow('gpu.js wrote missing in another way');
});
