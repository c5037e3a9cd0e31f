// Files out of Debian's packages, and what the recipes that use them have in common.

import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"
import { findTool } from "../support/guests.ts"

/** Files to be taken out of a package. */
export type PackageFiles = {
  /** A package name as apt-get takes it; a foreign architecture would follow a colon. */
  readonly package: string
  /** Files of the package and their names in the guest folder. */
  readonly files: Readonly<Record<string, string>>
}

/** A failure that the user can do something about: one line. */
export class Failure extends Error {}

/** Runs a recipe with the guest folder and a folder for its work; a `Failure` is one line on standard error, and status 2. */
export function runRecipe(recipe: (folder: string, work: string) => void): void {
  const work = mkdtempSync(join(tmpdir(), "emu-guests-"))
  try {
    const listed = (process.env["EMU_GUESTS"] ?? "").split(delimiter)[0]
    const given = process.argv[2] ?? (listed || undefined)
    if (given === undefined) throw new Failure("say where to put the guests: give a folder, or set EMU_GUESTS")
    const folder = resolve(given)
    recipe(folder, work)
    console.log(`Done. Use them with: export EMU_GUESTS=${folder}`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`guests: ${error.message}`)
    process.exitCode = 2
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Downloads a package and copies its files into the guest folder, unless they are there already. */
export function fetchPackage({ package: name, files }: PackageFiles, folder: string, work: string): void {
  const wanted = Object.entries(files)
  if (wanted.every(([, to]) => isPresent(join(folder, to)))) {
    console.log(`${name}: already there`)
    return
  }
  for (const tool of ["apt-get", "dpkg"]) {
    if (!findTool(tool))
      throw new Failure(`there is no ${tool} here: run this on Debian or Ubuntu (or in a container of it)`)
  }
  const target = join(work, name.replace(":", "-"))
  mkdirSync(target)
  run(target, "apt-get", ["download", name], downloadAdvice(name))
  const archive = readdirSync(target).find((file) => file.endsWith(".deb"))
  if (archive === undefined) throw new Failure(`apt-get made no .deb file for ${name}: run apt-get update first`)
  run(target, "dpkg", ["-x", archive, "files"], "is there room left on the disk?")
  for (const [from, to] of wanted) {
    const source = join(target, "files", from)
    if (!isPresent(source)) throw new Failure(`${archive} has no file ${from}: this Debian release has moved it`)
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    copyFileSync(source, join(folder, to))
    console.log(`${join(folder, to)} (${archive})`)
  }
}

function downloadAdvice(name: string): string {
  const architecture = name.split(":")[1]
  if (architecture) return `run dpkg --add-architecture ${architecture} and apt-get update first`
  return "run apt-get update first; the package is part of Debian 12 (bookworm), section main"
}

/** Runs a program; its first line of errors and the advice are what its failure says. */
export function run(folder: string, tool: string, args: readonly string[], advice: string): void {
  try {
    execFileSync(tool, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] })
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : ""
    const why = output.split("\n").find((line) => /^E:|error:/.test(line)) ?? "it failed"
    throw new Failure(`${tool} ${args.join(" ")}: ${why.replace(/^E: /, "")} (${advice})`)
  }
}

function isPresent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
