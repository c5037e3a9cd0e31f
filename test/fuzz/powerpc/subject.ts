// User-level programs on the engines under test, in flat memory.

import type { StateView } from "../../../cpu/ir/index.ts"
import { CA, CR, FPR, GPR, OV, SPR, SPRN, XER_COUNT, XER_SO } from "../../../cpu/powerpc/state.ts"
import { SRR1 } from "../../../cpu/powerpc/system/msr-bits.ts"
import { powerPcTarget } from "../../support/powerpc-target.ts"
import { CODE, dataWord, isCode, MEMORY, type Outcome, type Program, type Registers, TRAP } from "./program.ts"

/** Instructions that a program may execute. */
const LIMIT = 3000

/** Memory before a program. */
const initial = new Uint8Array(MEMORY)
for (let at = 0; at < MEMORY; at += 4) new DataView(initial.buffer).setUint32(at, isCode(at) ? 0 : dataWord(at))
const initialWords = new Int32Array(initial.buffer)

/** An engine that programs run on. */
export type Subject = { readonly name: string; run(program: Program): Outcome }

/** The engines under test; they share nothing. */
export function subjects(): Subject[] {
  const target = powerPcTarget("7400")
  const { PC } = target.architecture.engine
  return target.engines.map((engine) => ({
    name: engine.name,
    run({ words, before }) {
      const session = engine.start()
      const { state, memory } = session
      state.reset()
      target.prepare?.(state)
      const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
      memory.set(initial)
      for (const [n, word] of [...words, TRAP].entries()) view.setUint32(CODE + 4 * n, word)
      load(state, before)
      state.write(PC, 0, CODE)
      const { exceptions } = session.run(CODE, CODE + 4 * (words.length + 1), LIMIT)
      const isChanged = words.some((word, n) => view.getUint32(CODE + 4 * n) !== word)
      const end = isChanged ? "changedCode" : endOf(exceptions[0], state)
      const pc = (end === "endless" ? state.get(PC) : state.get(SPR, SPRN.SRR0)) >>> 0
      return { end, pc, after: registersOf(state), stores: storesIn(memory) }
    },
  }))
}

/** A program without an exception has not ended within the limit, or has branched somewhere else. */
function endOf(exception: string | undefined, state: StateView): Outcome["end"] {
  if (exception === "program") return state.get(SPR, SPRN.SRR1) & SRR1.trap ? "trap" : "illegal"
  if (exception === "illegal") return "illegal"
  if (exception === "alignment") return "alignment"
  return exception === "dsi" ? "access" : "endless"
}

function load(state: StateView, { gpr, fpr, cr, xer, lr, ctr }: Registers): void {
  for (const [n, value] of gpr.entries()) state.set(GPR, n, value | 0)
  for (const [n, value] of fpr.entries()) state.write(FPR, n, value)
  for (let n = 0; n < 32; n++) state.set(CR, n, (cr >>> (31 - n)) & 1)
  state.set(XER_SO, 0, xer >>> 31)
  state.set(OV, 0, (xer >>> 30) & 1)
  state.set(CA, 0, (xer >>> 29) & 1)
  state.set(XER_COUNT, 0, xer & 0x7f)
  state.set(SPR, SPRN.LR, lr | 0)
  state.set(SPR, SPRN.CTR, ctr | 0)
}

function registersOf(state: StateView): Registers {
  const cr = Array.from({ length: 32 }, (_, n) => state.get(CR, n) << (31 - n)).reduce((all, bit) => all | bit)
  const xer = (state.get(XER_SO) << 31) | (state.get(OV) << 30) | (state.get(CA) << 29) | state.get(XER_COUNT)
  return {
    gpr: Uint32Array.from({ length: 32 }, (_, n) => state.get(GPR, n)),
    fpr: BigUint64Array.from({ length: 32 }, (_, n) => BigInt(state.read(FPR, n))),
    cr: cr >>> 0,
    xer: xer >>> 0,
    lr: state.get(SPR, SPRN.LR) >>> 0,
    ctr: state.get(SPR, SPRN.CTR) >>> 0,
  }
}

function storesIn(memory: Uint8Array): Map<number, number> {
  const found = new Map<number, number>()
  const view = new DataView(memory.buffer, memory.byteOffset, MEMORY)
  const words = new Int32Array(memory.buffer, memory.byteOffset, MEMORY / 4)
  for (const [n, word] of words.entries())
    if (word !== initialWords[n] && !isCode(4 * n)) found.set(4 * n, view.getUint32(4 * n))
  return found
}
