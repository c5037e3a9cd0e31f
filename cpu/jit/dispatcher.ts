// The dispatcher of a region, node 0 of its graph: it goes to the entry whose address is the target, or exits.

import { type AddressType, addressOp, wrapAddress } from "../codegen/address.ts"
import { granuleOf } from "../codegen/code-address.ts"
import { type Code, OP } from "../wasm/index.ts"
import type { Region } from "./discover.ts"
import type { Graph } from "./graph.ts"
import { PAGE } from "./instruction-ir.ts"
import type { RegionExit } from "./profile.ts"
import { LOCAL } from "./region-target.ts"
import type { Structure } from "./structure.ts"

/** What the dispatcher needs of the region's code around it. */
export type DispatcherCode = {
  readonly code: Code
  readonly addressType: AddressType
  /** Pushes whether the budget may be too small for a path through the region up to its next check, or its end. */
  pushIsSpent(): void
  /** Pushes the address of an offset. */
  pushOffset(offset: number): void
  /** Pushes the address of the page of the target. */
  pushTargetPage(): void
  /** Exits unless the TLB still leads the address of an offset to the code that was translated. */
  checkMapping(offset: number, pushAddress: () => void, pushTarget: () => void, innerDepth: number): void
  /** Exits to the address on the stack. */
  exitTo(why: RegionExit, innerDepth: number): void
}

/** The dispatcher uses a table if a page has so many entries at least, over so many places of instructions at most. */
const MIN_TABLE_ENTRIES = 5
const MAX_TABLE_PLACES = 512

const pageOf = (offset: number) => Math.floor(offset / PAGE)

/** Writes the dispatcher of a region. */
export function emitDispatcher(t: DispatcherCode, graph: Graph, region: Region, structure: Structure): void {
  const { code, addressType } = t
  const offsetOf = (node: number) => region.blocks[node - 1]!.offset
  t.pushIsSpent()
  code.if().get(LOCAL.target)
  t.exitTo("budget", 1)
  code.end()
  const nodes = [...graph.entries].sort((a, b) => offsetOf(a) - offsetOf(b))
  if (nodes.length === 1 && !graph.isLoopHeader[0]) {
    structure.goTo(0, nodes[0]!, 0)
    return
  }
  const pages = new Set(nodes.map((node) => pageOf(offsetOf(node))))
  // The distance of an address of 64 bits may take more than the 32 that are compared within a page.
  const innerDepth = pages.size > 1 || addressType === "i64" ? 1 : 0
  for (const page of pages) {
    if (innerDepth) {
      const start = () => t.pushOffset(page * PAGE)
      t.pushTargetPage()
      start()
      addressOp(code, addressType, "eq")
      code.if()
      t.checkMapping(page * PAGE, start, () => code.get(LOCAL.target), 1)
    }
    const ofPage = nodes.filter((node) => pageOf(offsetOf(node)) === page)
    dispatchIn(t, region, structure, ofPage, innerDepth)
    if (innerDepth) code.end()
  }
  code.get(LOCAL.target)
  t.exitTo("indirect", 0)
}

// Goes to the entry of a page that is the target, if there is one.
function dispatchIn(
  { code, addressType }: DispatcherCode,
  { blocks, format }: Region,
  structure: Structure,
  nodes: readonly number[],
  innerDepth: number,
): void {
  const granule = granuleOf(format)
  const offsets = nodes.map((node) => blocks[node - 1]!.offset)
  const lowest = offsets[0]!
  const size = (offsets[offsets.length - 1]! - lowest) / granule + 1
  const pushDistance = () => {
    code.get(LOCAL.target).get(LOCAL.page)
    addressOp(code, addressType, "sub")
    wrapAddress(code, addressType)
  }
  if (nodes.length >= MIN_TABLE_ENTRIES && size <= MAX_TABLE_PLACES) {
    const labels = new Array<number>(size).fill(0)
    for (const [i, node] of nodes.entries())
      labels[(offsets[i]! - lowest) / granule] = structure.label(node, innerDepth + 1)
    code.block()
    pushDistance()
    // An address between two places is beyond the table.
    code.i32(lowest).u8(OP.i32Sub).i32(Math.log2(granule)).u8(OP.i32Rotr).brTable(labels, 0)
    code.end()
    return
  }
  for (const [i, node] of nodes.entries()) {
    pushDistance()
    code.i32(offsets[i]!).u8(OP.i32Eq).if()
    structure.goTo(0, node, innerDepth + 1)
    code.end()
  }
}
