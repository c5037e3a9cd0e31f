// Measures which handlers of an interpreter real guests execute. It writes the list of those that the generator puts into
// the main function: npx tsx bench/profile.ts [--arch arm|powerpc] [--guests DIR] [--cold] [--dry]
//
// --cold prints, for each kernel of the bench, how much of it ran outside the main function, and in which handlers.

import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { SPECIAL } from "../cpu/codegen/layout.ts"
import { type BootOptions, MiB, prepare } from "../src/index.ts"
import { addGuestFolder, benchGuests, commandLine, findFiles, installer, KERNEL } from "./guests.ts"
import { fixed, table } from "./statistics.ts"

/** The architectures: the model with the most instructions, the other one, and their list. */
const ARCHITECTURES = {
  arm: { name: "ARM", qemu: "qemu-system-arm", large: "cortex-a15", small: "arm926" },
  powerpc: { name: "PowerPC", qemu: "qemu-system-ppc", large: "7400", small: "750" },
} as const
/** Smallest share of the instructions that earns a handler a place. */
const LEAST_SHARE = 1e-5
/** Limit of all places, and of those for the larger model: a little more than its main function takes. */
const MOST = 420
const MOST_LARGE = 320
/** The installer asks its first question after about 3.5e9 instructions. */
const MOST_INSTRUCTIONS = 20e9

const { values } = parseArgs({
  options: {
    arch: { type: "string", default: "arm" },
    guests: { type: "string" },
    cold: { type: "boolean" },
    dry: { type: "boolean" },
  },
})
const arch = values.arch === "powerpc" ? "powerpc" : "arm"
const architecture = ARCHITECTURES[arch]

type Counts = ReadonlyMap<string, number>
type Subject = { readonly name: string; readonly options: BootOptions }
type Profile = {
  readonly model: string
  /** How often each handler was executed in the whole run, and in each kernel of the bench. */
  readonly counts: Counts
  readonly kernels: ReadonlyMap<string, Counts>
  /** Handlers in the main function of the interpreter that was measured. */
  readonly inside: ReadonlySet<string>
}

function subjects(): Subject[] {
  const found: Subject[] = []
  const ours = [...benchGuests, installer].filter(({ qemu }) => qemu === architecture.qemu)
  const benches = ours
    .filter((guest) => guest !== installer)
    .map((guest) => ({
      guest,
      what: "boot, self tests, bench",
      append: commandLine(guest, "guest.bench=2"),
      expect: /GUEST-BENCH-DONE/,
    }))
  const dialog = {
    guest: installer,
    what: "to its first menu",
    append: commandLine(installer),
    expect: /Select a language/,
  }
  for (const { guest, what, append, expect } of ours.includes(installer) ? [...benches, dialog] : benches) {
    const files = findFiles(guest.files)
    if ("missing" in files) process.stderr.write(`SKIPPED: ${guest.name}: no guest ${files.missing.join(", ")}\n`)
    else {
      found.push({
        name: `${guest.name} (${what})`,
        options: {
          image: readFileSync(files.kernel),
          initrd: readFileSync(files.initrd),
          dtb: files.dtb ? readFileSync(files.dtb) : undefined,
          machine: guest.machine,
          memoryBytes: guest.memoryMiB * MiB,
          append,
          expect: [expect],
        },
      })
    }
  }
  return found
}

async function profile({ name, options }: Subject): Promise<Profile> {
  let line = ""
  let last: Counts = new Map()
  const kernels = new Map<string, Counts>()
  const booted = await prepare({
    ...options,
    engine: "interpreter",
    profile: true,
    reboot: false,
    maxInstructions: MOST_INSTRUCTIONS,
    onOutput(byte) {
      if (byte !== 10) line += String.fromCharCode(byte)
      else {
        const kernel = KERNEL.exec(line)
        if (kernel || line.startsWith("# bench")) {
          const now = counts()
          if (kernel && kernel[1] !== "TOTAL") kernels.set(kernel[1]!, minus(now, last))
          last = now
        }
        line = ""
      }
    },
  })
  const { model } = booted.board.cpu
  const interpreter = booted.board.cpu.interpreter!
  const special = new Set(interpreter.names.slice(0, SPECIAL.count))
  const isInstruction = (handler: string) => !special.has(handler) && !handler.startsWith("exception ")
  const counts = (): Counts =>
    new Map(
      interpreter
        .profile()
        .filter((h) => isInstruction(h.name))
        .map((h) => [h.name, h.count]),
    )
  const result = await booted.run()
  if (result.outcome !== "matched") process.stderr.write(`${name}: ${result.outcome}: ${result.reason}\n`)
  const firstException = interpreter.names.findIndex((handler) => handler.startsWith("exception "))
  process.stdout.write(`${name}: ${fixed(result.instructions / 1e6, 0)} M instructions\n`)
  return { model, counts: counts(), kernels, inside: new Set(interpreter.names.slice(0, firstException)) }
}

const minus = (later: Counts, earlier: Counts): Counts =>
  new Map([...later].map(([name, count]) => [name, count - (earlier.get(name) ?? 0)]))

const total = (counts: Counts) => [...counts.values()].reduce((a, b) => a + b, 0)

// Shares of a guest's instructions. For a guest with a bench, one half is boot and tests, the other half its kernels. All
// kernels count alike: code that only one of them executes is as hot to a user as the rest.
function sharesOf({ counts, kernels }: Profile): Map<string, number> {
  const rest = [...kernels.values()].reduce(minus, counts)
  const parts = [rest, ...kernels.values()]
  const shares = new Map<string, number>()
  for (const [n, part] of parts.entries()) {
    const all = total(part)
    const weight = kernels.size === 0 ? 1 : n === 0 ? 0.5 : 0.5 / kernels.size
    for (const [name, count] of part) shares.set(name, (shares.get(name) ?? 0) + (weight * count) / all)
  }
  return shares
}

/** Names by falling share. All guests count alike, however long they run. */
function ranked(profiles: readonly Profile[]): string[] {
  const shares = new Map<string, number>()
  for (const one of profiles) {
    for (const [name, share] of sharesOf(one)) shares.set(name, (shares.get(name) ?? 0) + share / profiles.length)
  }
  const worthy = [...shares].filter(([, share]) => share >= LEAST_SHARE)
  return worthy.sort((a, b) => b[1] - a[1]).map(([name]) => name)
}

// One list serves every CPU model; a model skips what it lacks. The larger instruction set comes first, as far as its main
// function has room. It includes most of what the smaller set needs, which has room for the rest.
function merge(profiles: readonly Profile[]): string[] {
  const large = ranked(profiles.filter((p) => p.model === architecture.large)).slice(0, MOST_LARGE)
  const small = ranked(profiles.filter((p) => p.model === architecture.small))
  return [...new Set([...large, ...small])].slice(0, MOST)
}

function coldTable({ counts, kernels, inside }: Profile): string {
  const rows = [["whole run", counts] as const, ...kernels].map(([name, these]) => {
    const all = total(these)
    const cold = [...these].filter(([handler]) => !inside.has(handler)).sort((a, b) => b[1] - a[1])
    const percent = (n: number) => `${fixed((100 * n) / all, 1)} %`
    const most = cold.slice(0, 3).filter(([, count]) => count / all > 0.002)
    const share = cold.reduce((sum, [, count]) => sum + count, 0)
    return [name, percent(share), most.map(([handler, count]) => `${handler} ${percent(count)}`).join("; ")]
  })
  return table(["kernel", "outside", "most"], rows)
}

function write(handlers: readonly string[], from: readonly string[]): void {
  const lines = [
    `// Generated by \`npx tsx bench/profile.ts --arch ${arch}\`: the handlers of the ${architecture.name} interpreter that guests`,
    "// execute most. The generator puts them into the main function as far as they fit; each other one is a function of its",
    "// own. Measured on:",
    ...from.map((name) => `// - ${name}`),
    "",
    `/** Names of handlers: what a ${architecture.large} executes, by falling share, then what else a ${architecture.small} does. */`,
    "export const hotHandlers: readonly string[] = [",
    ...handlers.map((name) => `  ${JSON.stringify(name)},`),
    "]",
  ]
  writeFileSync(fileURLToPath(new URL(`../cpu/${arch}/hot-handlers.ts`, import.meta.url)), `${lines.join("\n")}\n`)
}

if (values.guests) addGuestFolder(values.guests)
const profiled: Profile[] = []
const names: string[] = []
for (const subject of subjects()) {
  const one = await profile(subject)
  profiled.push(one)
  names.push(subject.name)
  if (values.cold) process.stdout.write(`\n${coldTable(one)}\n`)
}
if (profiled.length === 0) {
  process.stderr.write("profile: there is no guest to measure; the list stays as it is\n")
  process.exitCode = 1
} else if (!values.dry) {
  const handlers = merge(profiled)
  write(handlers, names)
  process.stdout.write(`${handlers.length} handlers\n`)
}
