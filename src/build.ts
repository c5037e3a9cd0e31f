// Builds dist/: the command and the library as bundles, and the library's types. Run by `npm run build`.

import { execFileSync } from "node:child_process"
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { build } from "esbuild"
import { generateInterpreter } from "../cpu/interpreter/generate.ts"
import { storeIndex } from "../cpu/interpreter/prebuilt.ts"
import { architectures } from "./architectures/index.ts"

const { version, dependencies } = JSON.parse(readFileSync("package.json", "utf8"))
rmSync("dist", { recursive: true, force: true })
await build({
  entryPoints: { emu: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2023",
  // binaryen only shows WebAssembly as text, to whoever has installed it.
  external: ["node:*", "binaryen", ...Object.keys(dependencies)],
  define: { EMU_VERSION: JSON.stringify(version) },
  sourcemap: "linked",
  logLevel: "warning",
})
chmodSync("dist/emu.js", 0o755)
for (const isa of architectures.flatMap(({ models, isa }) => models.map(isa))) {
  const generated = generateInterpreter(isa)
  writeFileSync(`dist/interpreter-${isa.name}.wasm`, generated.bytes)
  writeFileSync(`dist/interpreter-${isa.name}.json`, JSON.stringify(storeIndex(isa, generated)))
}
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "src/tsconfig.json"], { stdio: "inherit" })
