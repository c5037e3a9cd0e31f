// The state of a user-level program in the registers of a CPU, and memory before and after it.

import type { StateView } from "../../../cpu/ir/index.ts"
import { CA, CR, FPR, GPR, OV, SPR, SPRN, XER_COUNT, XER_SO } from "../../../cpu/powerpc/state.ts"
import { SRR1 } from "../../../cpu/powerpc/system/msr-bits.ts"
import { CODE, dataWord, isCode, MEMORY, type Outcome, type Program, type Registers, TRAP } from "./program.ts"

const initial = new Uint8Array(MEMORY)
for (let at = 0; at < MEMORY; at += 4) new DataView(initial.buffer).setUint32(at, isCode(at) ? 0 : dataWord(at))
const initialWords = new Int32Array(initial.buffer)

/** Memory before a program, without its code. */
export const initialMemory: Uint8Array = initial

/** The bytes of a program. */
export function codeOf({ words }: Program): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * (words.length + 1)))
  for (const [n, word] of [...words, TRAP].entries()) view.setUint32(4 * n, word)
  return new Uint8Array(view.buffer)
}

/** Sets the registers before a program. */
export function loadRegisters(state: StateView, { gpr, fpr, cr, xer, lr, ctr }: Registers): void {
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

/** How a program ended, by the exception that it took; without one, it has not ended, or has left its code. */
function endOf(exception: string | undefined, state: StateView): Outcome["end"] {
  if (exception === "program") return state.get(SPR, SPRN.SRR1) & SRR1.trap ? "trap" : "illegal"
  if (exception === "illegal" || exception === "alignment") return exception
  return exception === "dsi" || exception === "machineCheck" ? "access" : "endless"
}

/** What came of a program: the CPU after its exception, with all of memory as the guest sees it. */
export function outcomeOf(
  program: Program,
  state: StateView,
  memory: Uint8Array,
  exception: string | undefined,
): Outcome {
  const code = codeOf(program)
  const isChanged = code.some((byte, n) => memory[CODE + n] !== byte)
  return {
    end: isChanged ? "changedCode" : endOf(exception, state),
    pc: state.get(SPR, SPRN.SRR0) >>> 0,
    after: registersOf(state),
    stores: storesIn(memory),
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
