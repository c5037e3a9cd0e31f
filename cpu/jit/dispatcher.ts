// The dispatcher, node 0 of a region's control-flow graph: it branches to the entry at the target address, or exits.

import { type AddressType, addressOp, wrapAddress } from "../codegen/address.ts"
import { granuleOf } from "../codegen/code-address.ts"
import { type Code, OP } from "../wasm/index.ts"
import type { Region } from "./discover.ts"
import type { Graph } from "./graph.ts"
import { PAGE } from "./instruction-ir.ts"
import type { RegionExit } from "./profile.ts"
import { LOCAL } from "./region-target.ts"
import type { Structure } from "./structure.ts"

/** What the dispatcher needs from the translator of its region. */
export type DispatcherCode = {
  readonly code: Code
  readonly addressType: AddressType
  /** Pushes whether the budget may run out before the region's next check of it, or before the region's end. */
  pushIsSpent(): void
  /** Pushes the address of an offset, in bytes from the start of the region's first page. */
  pushOffset(offset: number): void
  /** Pushes the address of the page that the target lies in. */
  pushTargetPage(): void
  /** Exits unless the TLB still maps the page of an offset to the code that was translated. */
  checkMapping(offset: number, pushAddress: () => void, pushTarget: () => void, innerDepth: number): void
  /** Exits to the address on the stack; `innerDepth` counts the labels that the dispatcher itself has opened. */
  exitTo(why: RegionExit, innerDepth: number): void
}

// A `br_table` pays off for this many entries in a page. It has a label per granule, so its size is bounded.
const MIN_TABLE_ENTRIES = 5
const MAX_TABLE_LABELS = 512

const pageOf = (offset: number) => Math.floor(offset / PAGE)

/** Writes the dispatcher of a region: a budget check, a choice of the page, then a choice of the entry in it. */
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
  // The choice within a page compares 32 bits. A distance between 64-bit addresses may exceed them: test the page first.
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

// Branches to the entry at the target address, if the page has one there.
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
  if (nodes.length >= MIN_TABLE_ENTRIES && size <= MAX_TABLE_LABELS) {
    const labels = new Array<number>(size).fill(0)
    for (const [i, node] of nodes.entries())
      labels[(offsets[i]! - lowest) / granule] = structure.label(node, innerDepth + 1)
    code.block()
    pushDistance()
    // The rotation moves the low bits of a misaligned address to the top, so that the index lies beyond the table.
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
