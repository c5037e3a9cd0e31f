// What the manual says of predicates, NaT bits, frames, rotation and loops, in small programs.

import { beforeAll, describe, expect, it } from "vitest"
import { AR_NUMBER, state } from "../../../cpu/ia64/index.ts"
import { type BundleText, engines, general, load, predicate, run, useEngine } from "./program.ts"

const { AR, BOF, BR, CPL, DIRTY, FR_EXP, FR_SIG, GR, GRNAT, PR, RRB_PR, SOF, SOL } = state.files
const END: BundleText = ["MIB|", "nop.m 0", "nop.i 0", "break.b 0"]

describe.each(engines)("IA-64 programs on the %s", (_, create) => {
  beforeAll(() => useEngine(create))

  describe("bundles", () => {
    it("run slot by slot, and MLX in two steps", () => {
      const machine = load([
        ["MLX|", "mov r8=1", "movl r9=0x8123456789abcdef"],
        ["MII|", "nop.m 0", "add r10=r8,r9", "break.i 0x1fffff"],
      ])
      const pcs: bigint[] = []
      for (let n = 0; n < 4; n++) {
        pcs.push(machine.pc)
        machine.step()
      }
      expect(pcs).toEqual([0x10000n, 0x10001n, 0x10010n, 0x10011n])
      expect(general(machine, 10)).toBe(0x8123456789abcdf0n)
      expect(run(machine)).toEqual({ exception: "breakInstruction", argument: 0x1f_ffffn })
    })

    it("with a reserved template are illegal", () => {
      const machine = load([])
      machine.write(0x10000n, 1, 6n)
      expect(run(machine).exception).toBe("illegalOperation")
    })

    it("carry 62 bits of a break.x", () => {
      const machine = load([["MLX|", "nop.m 0", "break.x 0x3123456789abcdef"]])
      expect(run(machine)).toEqual({ exception: "breakInstruction", argument: 0x3123456789abcdefn })
    })
  })

  describe("predication", () => {
    it("leaves out what its predicate forbids", () => {
      const machine = load([["MII|", "cmp.eq p6,p7=r0,r0", "(p6) mov r8=1", "(p7) mov r9=1"], END])
      run(machine)
      expect([general(machine, 8), general(machine, 9)]).toEqual([1n, 0n])
    })

    it("does not keep an unconditional compare from clearing its targets", () => {
      const machine = load([
        ["MII|", "cmp.eq p6,p7=r0,r0", "(p7) cmp.eq.unc p6,p8=r0,r0", "(p7) cmp.eq p9,p10=r0,r0"],
        END,
      ])
      machine.state.set(PR, 8, 1)
      machine.state.set(PR, 10, 1)
      run(machine)
      expect([6, 7, 8, 9, 10].map((p) => predicate(machine, p))).toEqual([0, 0, 0, 0, 1])
    })

    it("ignores writes of p0", () => {
      const machine = load([["MII|", "cmp.ne p0,p6=r0,r0", "mov r8=pr", "nop.i 0"], END])
      run(machine)
      expect(general(machine, 8)).toBe(0b100_0001n)
    })

    it("raises Illegal Operation for one predicate in both places, if the compare is executed", () => {
      const lines: BundleText[] = [["MII|", "nop.m 0", "(p7) cmp.eq p6,p8=r0,r0", "nop.i 0"], END]
      const machine = load(lines)
      // p2 := p6, in bits 32:27 of slot 1
      const at = 0x10000n
      const word = machine.read(at, 16)
      const field = 63n << (46n + 27n)
      machine.write(at, 16, (word & ~field) | (6n << (46n + 27n)))
      expect(run(machine).exception).toBe("breakInstruction")
      machine.pc = at
      machine.state.set(PR, 7, 1)
      expect(run(machine).exception).toBe("illegalOperation")
    })

    it("moves predicates under a mask, p16 and up together", () => {
      const machine = load(
        [["MII|", "nop.m 0", "mov pr=r8,-2", "mov pr=r9,0x40"], ["MII|", "nop.m 0", "mov r10=pr", "nop.i 0"], END],
        {
          8: 0xfedc_ba98_7654_3210n,
          9: 0xffff_ffff_ffff_ffffn,
        },
      )
      run(machine)
      expect(general(machine, 10)).toBe(0xfedc_ba98_7654_3251n)
    })
  })

  describe("NaT bits", () => {
    const speculative: BundleText = ["MII|", "ld8.s r8=[r9]", "add r10=r8,r11", "cmp.eq p6,p7=r8,r0"]

    it("go from a deferred load through arithmetic, and clear predicates", () => {
      const machine = load([speculative, END])
      machine.state.set(GRNAT, 9, 1)
      machine.state.set(PR, 6, 1)
      machine.state.set(PR, 7, 1)
      run(machine)
      expect([general(machine, 8), general(machine, 10), predicate(machine, 6), predicate(machine, 7)]).toEqual([
        "NaT",
        "NaT",
        0,
        0,
      ])
    })

    it.each<[string, BundleText]>([
      ["a load's address", ["MII|", "ld8 r8=[r9]", "nop.i 0", "nop.i 0"]],
      ["a store's address", ["MII|", "st8 [r9]=r10", "nop.i 0", "nop.i 0"]],
      ["a store's value", ["MII|", "st8 [r10]=r9", "nop.i 0", "nop.i 0"]],
      ["a branch register", ["MII|", "nop.m 0", "mov b6=r9", "nop.i 0"]],
      ["an application register", ["MII|", "nop.m 0", "mov ar.lc=r9", "nop.i 0"]],
      ["predicates", ["MII|", "nop.m 0", "mov pr=r9,-2", "nop.i 0"]],
    ])("may not become %s", (_, bundle) => {
      const machine = load([bundle])
      machine.state.set(GRNAT, 9, 1)
      expect(run(machine).exception).toBe("registerNatConsumption")
    })

    it("survive a spill and a fill by way of ar.unat", () => {
      const machine = load(
        [
          ["MII|", "st8.spill [r9]=r8,8", "nop.i 0", "nop.i 0"],
          ["MII|", "st8.spill [r9]=r10", "nop.i 0", "nop.i 0"],
          ["MII|", "ld8.fill r11=[r12],8", "nop.i 0", "nop.i 0"],
          ["MII|", "ld8.fill r13=[r12]", "nop.i 0", "nop.i 0"],
          END,
        ],
        { 8: 5n, 9: 0x2_01f8n, 10: 6n, 12: 0x2_01f8n },
      )
      machine.state.set(GRNAT, 8, 1)
      run(machine)
      expect([general(machine, 11), general(machine, 13)]).toEqual(["NaT", 6n])
      expect(BigInt.asUintN(64, machine.state.getLong(AR, AR_NUMBER.unat))).toBe(1n << 63n)
      expect(machine.read(0x2_01f8n, 8)).toBe(5n)
    })

    it("become NaTVal in a floating-point register, and come back", () => {
      const machine = load([
        ["MII|", "setf.sig f8=r8", "nop.i 0", "nop.i 0"],
        ["MFI|", "nop.m 0", "fma.s1 f9=f8,f1,f0", "nop.i 0"],
        ["MII|", "getf.d r9=f9", "nop.i 0", "nop.i 0"],
        END,
      ])
      machine.state.set(GRNAT, 8, 1)
      run(machine)
      expect([machine.state.getLong(FR_SIG, 9), machine.state.get(FR_EXP, 9)]).toEqual([0n, 0x1fffe])
      expect(general(machine, 9)).toBe("NaT")
    })
  })

  describe("loads and stores", () => {
    it("extend with zeros and step their base afterwards", () => {
      const machine = load(
        [
          ["MMI|", "st8 [r9]=r8,-8", "ld1 r10=[r11],r12", "nop.i 0"],
          ["MMI|", "ld4 r13=[r11],-4", "ld2 r14=[r11]", "nop.i 0"],
          END,
        ],
        { 8: 0x8877_6655_4433_22ffn, 9: 0x2_0000n, 11: 0x2_0000n, 12: 4n },
      )
      run(machine)
      expect([9, 10, 11, 13, 14].map((r) => general(machine, r))).toEqual([
        0x1_fff8n,
        0xffn,
        0x2_0000n,
        0x8877_6655n,
        0x22ffn,
      ])
    })

    it.each(["ld8 r9=[r9],8", "ld8 r8=[r0],8", "st8 [r0]=r8,8", "ld4 r0=[r9]"])("%s is illegal", (text) => {
      expect(run(load([["MII|", text, "nop.i 0", "nop.i 0"]])).exception).toBe("illegalOperation")
    })
  })

  describe("frames", () => {
    // Sum of 1 to r32 by recursion: each level keeps ar.pfs, b0 and its argument in stacked registers.
    const recursive = (levels: number): BundleText[] => [
      ["MII|", "alloc r32=ar.pfs,2,1,0", `mov r33=${levels}`, "nop.i 0"],
      ["MIB|", "nop.m 0", "nop.i 0", "br.call.sptk.few b0=0x10040"],
      END,
      END,
      ["MII|", "alloc r33=ar.pfs,5,4,0", "mov r34=b0", "cmp.eq p6,p7=r0,r32"],
      ["MIB|", "mov r8=0", "nop.i 0", "(p6) br.cond.sptk.few 0x10080"],
      ["MIB|", "adds r36=-1,r32", "nop.i 0", "br.call.sptk.few b0=0x10040"],
      ["MII|", "add r8=r8,r32", "nop.i 0", "nop.i 0"],
      ["MII|", "nop.m 0", "mov b0=r34", "mov ar.pfs=r33"],
      ["MIB|", "nop.m 0", "nop.i 0", "br.ret.sptk.few b0"],
    ]

    it.each([5, 23, 60, 150])("nest %i deep, by way of memory where they do not fit", (levels) => {
      const machine = load(recursive(levels))
      run(machine)
      expect(general(machine, 8)).toBe(BigInt((levels * (levels + 1)) / 2))
      const { state: s } = machine
      expect([s.get(BOF), s.get(SOF), s.get(SOL), s.get(DIRTY)]).toEqual([0, 2, 1, 0])
      expect([s.getLong(AR, AR_NUMBER.bsp), s.get(CPL)]).toEqual([0x8_0000n, 0])
    })

    it("keep NaT bits of spilled registers in collections", () => {
      const machine = load(recursive(150))
      machine.step()
      // r32 of the outermost frame, the first register to be spilled
      machine.state.set(GRNAT, 32, 1)
      run(machine)
      expect(machine.read(0x8_01f8n, 8)).toBe(1n)
      expect(Array.from({ length: 96 }, (_, n) => machine.state.get(GRNAT, 32 + n)).indexOf(1)).toBe(0)
    })

    it.each(["97,0,0", "8,9,0", "8,8,16"])("alloc of %s is illegal", (frame) => {
      expect(run(load([["MII|", `alloc r8=ar.pfs,${frame}`, "nop.i 0", "nop.i 0"]])).exception).toBe("illegalOperation")
    })

    it("only lower the privilege on a return", () => {
      const code: BundleText[] = [["MIB|", "nop.m 0", "mov ar.pfs=r8", "br.ret.sptk.few b6"], END]
      const machine = load(code, { 8: 2n << 62n })
      machine.state.setLong(BR, 6, 0x1_0013n)
      machine.step()
      machine.step()
      machine.step()
      expect([machine.state.get(CPL), machine.pc]).toEqual([2, 0x1_0010n])
      const other = load(code)
      other.state.set(CPL, 0, 3)
      for (let n = 0; n < 3; n++) other.step()
      expect(other.state.get(CPL)).toBe(3)
    })
  })

  describe("loops", () => {
    it("by br.cloop run one more time than ar.lc tells", () => {
      const machine = load([
        ["MII|", "nop.m 0", "mov ar.lc=4", "nop.i 0"],
        ["MIB|", "adds r8=1,r8", "nop.i 0", "br.cloop.sptk.few 0x10010"],
        END,
      ])
      run(machine)
      expect(general(machine, 8)).toBe(5n)
      expect(machine.state.getLong(AR, AR_NUMBER.lc)).toBe(0n)
    })

    it("by br.ctop copy a vector in a pipeline of three stages", () => {
      const machine = load(
        [
          ["MII|", "alloc r8=ar.pfs,8,0,8", "mov ar.lc=4", "mov ar.ec=3"],
          ["MLX|", "nop.m 0", "movl r9=0x10000"],
          ["MII|", "nop.m 0", "mov pr=r9,-65536", "nop.i 0"],
          ["MMI|", "(p16) ld8 r32=[r10],8", "(p18) st8 [r11]=r34,8", "nop.i 0"],
          ["MIB|", "nop.m 0", "nop.i 0", "br.ctop.sptk.few 0x10030"],
          END,
        ],
        { 10: 0x2_0000n, 11: 0x2_1000n },
      )
      for (let n = 0n; n < 8n; n++) machine.write(0x2_0000n + 8n * n, 8, 100n + n)
      run(machine)
      const copied = Array.from({ length: 6 }, (_, n) => machine.read(0x2_1000n + BigInt(8 * n), 8))
      expect(copied).toEqual([100n, 101n, 102n, 103n, 104n, 0n])
      const { state: s } = machine
      expect([s.getLong(AR, AR_NUMBER.lc), s.getLong(AR, AR_NUMBER.ec), s.get(RRB_PR)]).toEqual([0n, 0n, 41])
    })
  })

  describe("application registers", () => {
    it.each<[string, "breakInstruction" | "illegalOperation" | "privilegedRegister"]>([
      ["mov.m ar.k3=r8", "privilegedRegister"],
      ["mov.m ar.bsp=r8", "illegalOperation"],
      ["mov.m ar.lc=r8", "illegalOperation"],
      ["mov.m ar20=r8", "illegalOperation"],
      ["mov.m r8=ar.k3", "breakInstruction"],
      ["mov.m ar112=r8", "breakInstruction"],
    ])("%s in a user program ends with %s", (text, exception) => {
      const machine = load([["MII|", text, "nop.i 0", "nop.i 0"], END])
      machine.state.set(CPL, 0, 3)
      expect(run(machine).exception).toBe(exception)
    })

    it("move the backing store with ar.bspstore", () => {
      const machine = load(
        [["MII|", "mov ar.bspstore=r8", "nop.i 0", "nop.i 0"], ["MII|", "mov r9=ar.bsp", "nop.i 0", "nop.i 0"], END],
        { 8: 0x9_01f3n },
      )
      machine.state.set(DIRTY, 0, 3)
      run(machine)
      // Three registers and the collection between 0x901f0 and 0x90200.
      expect(general(machine, 9)).toBe(0x9_0210n)
    })
  })

  describe("multiply-add", () => {
    const product = (x: number, y: number, z: number, pc: string): number => {
      const bits = (value: number) => {
        const view = new DataView(new ArrayBuffer(8))
        view.setFloat64(0, value)
        return view.getBigUint64(0)
      }
      const machine = load(
        [
          ["MMI|", "setf.d f8=r8", "setf.d f9=r9", "nop.i 0"],
          ["MFI|", "setf.d f10=r10", `fma${pc} f11=f8,f9,f10`, "nop.i 0"],
          ["MII|", "getf.d r11=f11", "nop.i 0", "nop.i 0"],
          END,
        ],
        { 8: bits(x), 9: bits(y), 10: bits(z) },
      )
      run(machine)
      const view = new DataView(new ArrayBuffer(8))
      view.setBigInt64(0, machine.state.getLong(GR, 11))
      return view.getFloat64(0)
    }

    it.each([
      [1.5, -2.25, 0],
      [Math.PI, Math.E, 0],
      [1e300, 1e300, 0],
      [1e-200, 1e-120, 0],
      [1e-160, 1e-160, 0],
      [-5e-324, 0.5, 0],
      [3, 0, -0],
    ])("of %f and %f rounds a product as the host does", (x, y, z) => {
      expect(product(x, y, z, ".d.s0")).toBe(x * y)
    })

    it.each([
      [0.1, 0.2],
      [1, -1],
      [1e16, 1],
      [1, 2 ** -53],
      [1, 2 ** -53 + 2 ** -80],
      [-(2 ** 60), 2 ** 7 + 1],
    ])("of 1 rounds the sum of %f and %f as the host does", (x, z) => {
      expect(product(x, 1, z, ".d.s0")).toBe(x + z)
      expect(product(x, 1, z, ".s.s0")).toBe(Math.fround(x + z))
    })

    it("rounds once", () => {
      // (1 + 2^-30)(1 - 2^-30) - 1 is -2^-60 exactly; rounding the product first would give 0.
      expect(product(1 + 2 ** -30, 1 - 2 ** -30, -1, ".d.s0")).toBe(-(2 ** -60))
    })
  })
})
