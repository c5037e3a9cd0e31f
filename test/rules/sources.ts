// The project's own source files, as the rules see them.

import { readdirSync, readFileSync } from "node:fs"
import { join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = resolve(fileURLToPath(import.meta.url), "../../..")
/** Folders of source files. */
export const FOLDERS = ["cpu", "mmu", "devices", "firmware", "src", "test", "bench"]
const SKIPPED = new Set(["node_modules", "dist", "coverage"])

/** A text file with its path from the project's root, `/` between folders. */
export type SourceFile = { readonly path: string; readonly text: string }

/** Every file under the source folders whose name ends so. */
export function sourceFiles(...endings: readonly string[]): SourceFile[] {
  return FOLDERS.flatMap((folder) => filesUnder(join(ROOT, folder)))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path: relative(ROOT, path).split(sep).join("/"), text: readFileSync(path, "utf8") }))
    .sort((x, y) => (x.path < y.path ? -1 : 1))
}

/** Files at the root of the project with such an ending. */
export function rootFiles(...endings: readonly string[]): SourceFile[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => ({ path: entry.name, text: readFileSync(join(ROOT, entry.name), "utf8") }))
}

function filesUnder(folder: string): string[] {
  let entries: import("node:fs").Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
  return entries.flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}

/** What a file imports: paths from the root for its own files, the name as written for packages and `node:` modules. */
export function importsOf({ path, text }: SourceFile): string[] {
  const statement = /^\s*(?:import|export)\s[^"';]*?from\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm
  return [...text.matchAll(statement)].map(([, from, bare, dynamic]) => resolved(path, (from ?? bare ?? dynamic)!))
}

/** The same without what is imported as types alone, or only when a function runs. */
export function loadedBy({ path, text }: SourceFile): string[] {
  const statement = /^\s*(?:import|export)\s(?!type\b)([^"';]*?)from\s*"([^"]+)"|^\s*import\s*"([^"]+)"/gm
  return [...text.matchAll(statement)]
    .filter(([, names = ""]) => !/^\{(?:\s*type\s[^,}]*,?)+\s*\}\s*$/.test(names))
    .map(([, , from, bare]) => resolved(path, (from ?? bare)!))
}

const resolved = (path: string, name: string) =>
  name.startsWith(".") ? join(path, "..", name).split(sep).join("/") : name
