// `--dump-region`: prints how the JIT translates a piece of guest code, from its instructions to WebAssembly.

import { printBlock } from "../../cpu/ir/index.ts"
import { disassemble } from "../../cpu/isa/index.ts"
import type { RegionBlock, Step } from "../../cpu/jit/discover.ts"
import type { TranslatedRegion } from "../../cpu/jit/installed-region.ts"
import { printStep } from "../../cpu/jit/passes/index.ts"
import { codeLine, hexAddress } from "./code-text.ts"
import { parsePlace, type Symbols } from "./symbols.ts"

type Wanted = {
  readonly text: string
  readonly address: bigint
  found: Found | undefined
}

type Found = {
  readonly begins: boolean
  /** All but the WebAssembly. */
  readonly text: string
  readonly module: Uint8Array
  readonly names: readonly string[]
}

/** Records the translated regions that hold certain addresses. */
export class RegionDumps {
  readonly #symbols: Symbols
  readonly #wanted: readonly Wanted[]

  /** `places` are the addresses as the user wrote them. */
  constructor(places: readonly string[], symbols: Symbols) {
    this.#symbols = symbols
    this.#wanted = places.map((text) => {
      const { address } = parsePlace(text, "dump-region", symbols)
      return { text, address, found: undefined }
    })
  }

  /** Takes a translated region. Of several that hold a wanted address, the last that begins there is kept. */
  take(translated: TranslatedRegion): void {
    const { addressOf, region } = translated
    const first = addressOf(region.blocks[0]!.offset)
    for (const wanted of this.#wanted) {
      const begins = BigInt(first) === wanted.address
      if (!begins && !(holds(translated, wanted.address) && !wanted.found?.begins)) continue
      wanted.found = {
        begins,
        text: describe(translated, this.#symbols),
        module: translated.module(),
        names: translated.names,
      }
    }
  }

  /** The dumps, in the order in which they were asked for. */
  async text(): Promise<string> {
    const parts: string[] = []
    for (const { text, address, found } of this.#wanted) {
      if (!found)
        parts.push(`emu: --dump-region ${text}: no code at ${place(address, this.#symbols)} was translated.\n`)
      else parts.push(`${found.text}\n${await wasmText(found)}`)
    }
    return parts.join("\n")
  }
}

const holds = ({ addressOf, region }: TranslatedRegion, address: bigint) =>
  region.blocks.some(({ steps }) =>
    steps.some(({ offset, instruction }) => {
      const at = BigInt(addressOf(offset))
      return at <= address && address < at + BigInt(instruction.length)
    }),
  )

function place(address: number | bigint, symbols: Symbols): string {
  const name = symbols.nameOf(address)
  return hexAddress(address) + (name === "" ? "" : ` <${name}>`)
}

/** The region's code and its IR, block by block. */
function describe({ addressOf, region, plan, view }: TranslatedRegion, symbols: Symbols): string {
  const { format, blocks, instructions } = region
  const inOrder = [...blocks.entries()].sort(([, a], [, b]) => a.offset - b.offset)
  const entries = new Set(region.entries)
  const head = `Region at ${place(addressOf(blocks[0]!.offset), symbols)}: ${format.name}, ${instructions} instructions in ${blocks.length} blocks`
  const code = (block: RegionBlock) =>
    block.steps.map(({ offset, context, instruction }) => {
      // An instruction in a slot is shown with its whole unit, as words.
      const slot = format.slots ? offset % format.unit : 0
      const length = format.slots ? format.unit : instruction.length
      const bytes = Math.min(format.unit, 4)
      const read = (at: number) => view.read(offset - slot + at)!
      const { decoded } = format.decode(read, context, slot)
      const words = Array.from({ length: length / bytes }, (_, n) =>
        (read(n * bytes) >>> 0).toString(16).padStart(2 * bytes, "0"),
      )
      return codeLine(addressOf(offset), words.join(" "), disassemble(decoded!, addressOf(offset)))
    })
  const titled = ({ offset }: Step, lines: string[]) => [
    hexAddress(addressOf(offset)),
    ...lines.map((line) => `  ${line}`),
  ]
  const ir = (block: RegionBlock) =>
    block.steps.flatMap((step) => titled(step, printBlock(step.instruction.ir!).split("\n")))
  const planned = (_: RegionBlock, n: number) =>
    plan.blocks[n]!.steps.flatMap((step) => titled(step, printStep(plan, step)))
  const section = (title: string, lines: (block: RegionBlock, n: number) => string[]) => [
    "",
    `${title}:`,
    ...inOrder.flatMap(([n, block]) => [
      `  block ${n}${entries.has(n) ? " (entry)" : ""}, ${place(addressOf(block.offset), symbols)}${next(block, addressOf)}`,
      ...lines(block, n).map((line) => `    ${line}`),
    ]),
  ]
  return `${[head, ...section("Guest code", code), ...section("IR", ir), ...section("IR after passes", planned)].join("\n")}\n`
}

function next({ next }: RegionBlock, addressOf: TranslatedRegion["addressOf"]): string {
  if (!next) return ""
  return "block" in next ? `, then block ${next.block}` : `, then out to ${hexAddress(addressOf(next.offset))}`
}

async function wasmText({ module: bytes, names }: Found): Promise<string> {
  const binaryen = await import("binaryen").then(
    (loaded) => loaded.default,
    () => undefined,
  )
  if (!binaryen)
    return `WebAssembly: ${bytes.length} bytes; to see them as text, install binaryen: npm install binaryen\n`
  const module = binaryen.readBinary(bytes)
  const text = module.emitText()
  module.dispose()
  // Names locals by what they hold.
  const named = text.replace(/(local\.(?:get|set|tee) |\((?:local|param) )\$(\d+)(?=[\s)])/g, (_, before, local) => {
    return `${before}$${names[Number(local)] ?? local}`
  })
  return `WebAssembly, ${bytes.length} bytes:\n${named.trimEnd().replace(/^/gm, "  ")}\n`
}
