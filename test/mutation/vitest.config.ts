// How tests are run on a change: in one process that keeps what it has loaded, up to the first failure.

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { GOLDEN } from "./stages.ts"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...GOLDEN],
    // A busy host must not look like a failure.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    isolate: false,
    bail: 1,
    experimental: {
      fsModuleCache: true,
      fsModuleCachePath: fileURLToPath(new URL("../../.vitest-cache", import.meta.url)),
    },
  },
})
