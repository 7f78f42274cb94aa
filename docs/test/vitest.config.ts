// Runs the fences that are test files.
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ['@lstm/source'] },
  ssr: { resolve: { conditions: ['@lstm/source'] } },
  test: { root: fileURLToPath(new URL('../.samples', import.meta.url)), include: ['*.test.ts'] },
});
export default config;
