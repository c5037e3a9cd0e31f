// How esbuild bundles the command and the public modules: for the build, and for tests that start the command.

import { readFileSync } from "node:fs"
import type { BuildOptions } from "esbuild"

const { version, dependencies } = JSON.parse(readFileSync("package.json", "utf8"))

/** Options of a bundle, but for its entry points and its folder. */
export const bundleOptions = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2023",
  // Optional: if the user has installed binaryen, it prints WebAssembly as text.
  external: ["node:*", "binaryen", ...Object.keys(dependencies)],
  define: { EMU_VERSION: JSON.stringify(version) },
  logLevel: "warning",
} satisfies BuildOptions
