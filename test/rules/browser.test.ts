// The library runs in browsers: its bundle needs nothing of Node.

import { build } from "esbuild"
import { expect, it } from "vitest"

it("bundles for a browser without a module of Node", async () => {
  const result = await build({
    entryPoints: ["src/index.ts"],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2023",
    logLevel: "silent",
  })
  expect(result.errors).toEqual([])
  expect(result.outputFiles[0]?.text).not.toMatch(/from\s*"node:|require\("(?:node:)?(?:fs|path|process)"\)/)
})
