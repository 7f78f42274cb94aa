import { join } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import { findChromium } from './scripts/lib/find-chromium.mjs';
import { repository, workspacePackages } from './scripts/lib/workspace.mjs';

// Workspace packages resolve to their TypeScript sources: no test needs a build.
const source = { resolve: { conditions: ['@lstm/source'] }, ssr: { resolve: { conditions: ['@lstm/source'] } } };

const nodeProjects: TestProjectInlineConfiguration[] = workspacePackages().map(({ folder }) => ({
  ...source,
  test: {
    name: folder,
    root: join(repository, folder),
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    benchmark: { include: ['bench/**/*.bench.ts'] },
    // A loaded machine is slow, not wrong.
    testTimeout: 60_000,
  },
}));

const chromium = findChromium();
const browserProject: TestProjectInlineConfiguration = {
  resolve: { conditions: ['@lstm/source', 'module', 'browser', 'development|production'] },
  test: {
    name: 'browser',
    root: join(repository, 'packages'),
    include: ['*/test-browser/**/*.test.ts', '../docs/test-browser/**/*.test.ts'],
    // Ends what hangs. The slowest test compiles hundreds of shaders on a GPU that the processor plays: 36 s with two processors,
    // 76 s with seven programs on them.
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      // A bare container may not resolve the name localhost.
      api: { host: '127.0.0.1' },
      instances: [{ browser: 'chromium' }],
      commands: {
        // Loads minifiers: only where a test asks for it.
        squeezedBundle: async (context, tool) =>
          (await import('./packages/backend-gpu/scripts/squeezed-bundle.mjs')).squeezedBundle(context, tool),
      },
      provider: playwright({
        launchOptions: {
          ...(chromium && { executablePath: chromium }),
          // SwiftShader gives WebGL2 and WebGPU on a machine without a GPU.
          args: [
            '--no-sandbox',
            '--use-angle=swiftshader',
            '--enable-unsafe-swiftshader',
            '--enable-unsafe-webgpu',
            '--enable-features=Vulkan',
          ],
        },
      }),
    },
  },
};

const config: ViteUserConfig = defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reporter: ['text', 'lcov'] },
    projects: [...nodeProjects, ...(chromium ? [browserProject] : [])],
  },
});
export default config;
