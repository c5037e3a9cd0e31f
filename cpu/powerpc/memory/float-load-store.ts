// Loads and stores of floating-point registers (Programming Environments Manual, 4.2.3.8, 4.2.3.9; chapter 8 for each
// instruction). Their addresses must be multiples of 4 whatever the size (MPC750UM, 4.5.6).

import { checkFloatingPoint } from "../floating-point/access.ts"
import { FPR } from "../state.ts"
import { type Forms, loadStore } from "./access.ts"
import { doubleToSingle, singleToDouble } from "./float-format.ts"

const required = { align: "required" } as const

const floating = ({ transfer, ...forms }: Forms) =>
  loadStore({
    ...forms,
    transfer(b, register, address, update) {
      checkFloatingPoint(b)
      transfer(b, register, address, update)
    },
  })

/** lfs, lfsu, lfsx, lfsux: load a single-precision number. */
export const lfs = floating({
  name: "lfs",
  register: "frD",
  displaced: ["110000", "110001"],
  indexed: ["1000010111", "1000110111"],
  transfer(b, frD, address, update) {
    b.setReg(FPR, frD, singleToDouble(b, b.load(4, address, required)))
    update()
  },
})

/** lfd, lfdu, lfdx, lfdux: load a double-precision number. */
export const lfd = floating({
  name: "lfd",
  register: "frD",
  displaced: ["110010", "110011"],
  indexed: ["1001010111", "1001110111"],
  transfer(b, frD, address, update) {
    b.setReg(FPR, frD, b.load(8, address, required))
    update()
  },
})

/** stfs, stfsu, stfsx, stfsux: store in single precision. */
export const stfs = floating({
  name: "stfs",
  register: "frS",
  displaced: ["110100", "110101"],
  indexed: ["1010010111", "1010110111"],
  transfer(b, frS, address, update) {
    b.store(4, address, doubleToSingle(b, b.reg(FPR, frS)), required)
    update()
  },
})

/** stfd, stfdu, stfdx, stfdux: store in double precision. */
export const stfd = floating({
  name: "stfd",
  register: "frS",
  displaced: ["110110", "110111"],
  indexed: ["1011010111", "1011110111"],
  transfer(b, frS, address, update) {
    b.store(8, address, b.reg(FPR, frS), required)
    update()
  },
})

/** stfiwx: stores the low word of a register. */
export const stfiwx = floating({
  name: "stfiw",
  register: "frS",
  indexed: ["1111010111"],
  transfer: (b, frS, address) => b.store(4, address, b.wrap(b.reg(FPR, frS)), required),
})
