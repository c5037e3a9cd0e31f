// The forms of loads and stores: their addresses, and the update of the base (Programming Environments Manual, 4.2.3.1;
// 8.2).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues, Instruction } from "../../isa/index.ts"
import { ppc, withOpcode } from "../encoding.ts"
import { gprOrZero } from "../registers.ts"
import { GPR } from "../state.ts"

type Indexed = { readonly rA0: Operand; readonly rB: Operand }

/** (rA|0) + (rB) */
export const indexedAddress = (b: Builder, f: Indexed): Node => b.add(gprOrZero(b, f.rA0), b.reg(GPR, f.rB))

/** The register that an instruction transfers, as the manual names its field. */
type Transferred = "rD" | "rS" | "frD" | "frS"

/** One kind of access, in its forms. */
export type Forms = {
  /** Mnemonic of the form with a displacement; the others add u and x. */
  readonly name: string
  readonly register: Transferred
  /** Primary opcodes with a displacement: plain, and with update. */
  readonly displaced?: readonly [plain: string, update: string]
  /** Extended opcodes with an index: plain, and with update if there is such a form. */
  readonly indexed: readonly [plain: string, update?: string]
  /** Transfers the register at an address, then calls `update`, which writes the base: after all that can fault. */
  readonly transfer: (b: Builder, register: Operand, address: Node, update: () => void) => void
}

const nothing = () => {}

/** The instructions of one kind of access. */
export function loadStore({ name, register, displaced, indexed, transfer }: Forms): Instruction[] {
  // Update is an invalid form if rA is 0, or is what a load writes.
  const unpredictable = (v: FieldValues) => v["rA"] === 0 || v["rA"] === v["rD"]
  const [plain, update] = indexed
  return [
    ...(displaced ? displacedForms(displaced) : []),
    ppc({
      name: `${name}x`,
      bits: withOpcode(`011111 ${register} rA rB XO (0)`, plain),
      args: `${register}, rA0, rB`,
      semantics: (b, f) => transfer(b, f[register], indexedAddress(b, f), nothing),
    }),
    ...(update ? [updateIndexed(update)] : []),
  ]

  function displacedForms([plain, update]: readonly [string, string]): Instruction[] {
    return [
      ppc({
        name,
        bits: withOpcode(`OPCD ${register} rA d`, plain),
        args: `${register}, d(rA0)`,
        semantics: (b, f) => transfer(b, f[register], b.add(gprOrZero(b, f.rA0), b.imm(f.d)), nothing),
      }),
      ppc({
        name: `${name}u`,
        bits: withOpcode(`OPCD ${register} rA d`, update),
        args: `${register}, d(rA)`,
        unpredictable,
        semantics(b, f) {
          const address = b.add(b.reg(GPR, f.rA), b.imm(f.d))
          transfer(b, f[register], address, () => b.setReg(GPR, f.rA, address))
        },
      }),
    ]
  }

  function updateIndexed(opcode: string): Instruction {
    return ppc({
      name: `${name}ux`,
      bits: withOpcode(`011111 ${register} rA rB XO (0)`, opcode),
      args: `${register}, rA, rB`,
      unpredictable,
      semantics(b, f) {
        const address = b.add(b.reg(GPR, f.rA), b.reg(GPR, f.rB))
        transfer(b, f[register], address, () => b.setReg(GPR, f.rA, address))
      },
    })
  }
}
