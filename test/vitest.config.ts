// How the tests are run: a boot may take minutes, everything else seconds.

import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make the timings of each other worse.
    maxWorkers: 2,
  },
})
