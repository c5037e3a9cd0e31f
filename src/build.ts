// `npm run build`: builds the command, the public modules and their types in dist/ or in the folder given.

import { execFileSync } from "node:child_process"
import { chmodSync, rmSync, writeFileSync } from "node:fs"
import { build } from "esbuild"
import { generateInterpreter } from "../cpu/interpreter/generate.ts"
import { storeIndex } from "../cpu/interpreter/prebuilt.ts"
import { architectures } from "./architectures/index.ts"
import { bundleOptions } from "./bundle.ts"

const folder = process.argv[2] ?? "dist"
rmSync(folder, { recursive: true, force: true })
await build({
  // One build, so that the modules share their classes.
  entryPoints: {
    emu: "src/cli/main.ts",
    index: "src/index.ts",
    machines: "src/machines/index.ts",
    devices: "devices/index.ts",
    testing: "devices/testing.ts",
  },
  outdir: folder,
  ...bundleOptions,
  sourcemap: "linked",
})
chmodSync(`${folder}/emu.js`, 0o755)
for (const isa of architectures.flatMap(({ models, isa }) => models.map(isa))) {
  const generated = generateInterpreter(isa)
  writeFileSync(`${folder}/interpreter-${isa.name}.wasm`, generated.bytes)
  writeFileSync(`${folder}/interpreter-${isa.name}.json`, JSON.stringify(storeIndex(isa, generated)))
}
const types = ["-p", "src/tsconfig.json", "--outDir", `${folder}/types`]
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", ...types], { stdio: "inherit" })
