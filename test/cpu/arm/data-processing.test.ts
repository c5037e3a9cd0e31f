// Every form of the data-processing instructions, assembled by GNU as: our decoder finds the declaration whose text is the
// line again. What binutils spell otherwise is not among the lines.

import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import { disassemble } from "../../../cpu/isa/index.ts"
import { armBinutils, assembleWithGnu, hasArmBinutils } from "../../support/binutils.ts"

const [armState, thumbState] = arm("cortex-a15").formats
const each = (template: string, names: string) => names.split(" ").map((name) => template.replaceAll("%", name))

const prefixes = "s q sh u uq uh"
const parallel = each("%", prefixes).flatMap((p) => each(`${p}% r1, r2, r3`, "add16 asx sax sub16 add8 sub8"))

/** Lines that A32 and T32 write alike. */
const common = [
  "movw r8, #65535",
  "movt r8, #1",
  ...each("% r1, r2, r3, r4", "mla mls umull umlal smull smlal umaal usada8"),
  ...each("%xy r1, r2, r3", "smul").flatMap((x) => each(x.replace("xy", "%"), "bb bt tb tt wb wt")),
  ...each("smla% r1, r2, r3, r4", "bb bt tb tt wb wt lbb lbt ltb ltt"),
  ...each("% r1, r2, r3", "smuad smuadx smusd smusdx smmul smmulr qadd qsub qdadd qdsub sel usad8 sdiv udiv"),
  ...each("% r1, r2, r3, r4", "smlad smladx smlsd smlsdx smlald smlaldx smlsld smlsldx smmla smmlar smmls smmlsr"),
  ...parallel,
  "ssat r1, #32, r2",
  "ssat r1, #1, r2, lsl #31",
  "usat r1, #0, r2, asr #31",
  "ssat16 r1, #16, r2",
  "usat16 r1, #0, r2",
  "pkhbt r1, r2, r3",
  "pkhbt r1, r2, r3, lsl #31",
  "pkhtb r1, r2, r3, asr #32",
  ...each("% r1, r2, ror #8", "sxtb16 uxtb16"),
  ...each("% r1, r2, r3", "sxtab sxtah sxtab16 uxtab uxtah uxtab16"),
  ...each("% r1, r2, r3, ror #24", "sxtab sxtah sxtab16 uxtab uxtah"),
  "bfc r1, #0, #32",
  "bfi r1, r2, #31, #1",
  "sbfx r1, r2, #31, #1",
  "ubfx r1, r2, #0, #32",
  ...each("% r1, r2", "clz rbit"),
  "dbg #15",
  "subs pc, lr, #4",
]

const a32Lines = [
  ...each("% r1, r2, #255", "and eor sub rsb add adc sbc rsc orr bic"),
  ...each("%s r1, r2, #-16777216", "and eor sub rsb add adc sbc rsc orr bic"),
  ...each("%seq r1, r2, r3", "and eor sub rsb add adc sbc rsc orr bic"),
  ...each("% pc, r2, r3, lsl #31", "and eor sub rsb add adc sbc rsc orr bic"),
  ...each("%s pc, r2, r3, rrx", "and eor sub rsb add adc sbc rsc orr bic"),
  ...each("% r1, r2, r3, ror r4", "and eor sub rsb add adc sbc rsc orr bic"),
  ...each("% r1, #1, 30", "tst teq cmp cmn mov mvn"),
  ...each("%hi r1, r2", "tst teq cmp cmn mov mvn movs mvns"),
  ...each("% r1, r2, lsr #32", "tst teq cmp cmn mvn"),
  ...each("% r1, r2, asr r3", "tst teq cmp cmn mvn"),
  "movs pc, lr",
  "movs pc, #4",
  "mvns pc, r1",
  "lsls pc, r1, #1",
  "rrxs pc, r1",
  "add r1, pc, #8",
  "sub r1, pc, #8",
  ...each("% r1, r2, #31", "lsl lsls lsr lsrs asr asrs ror rors"),
  ...each("% r1, r2, #32", "lsr asr"),
  ...each("% r1, r2, r3", "lsl lsls lsr lsrs asr asrs ror rors mul muls"),
  "rrx r1, r2",
  "mlas r1, r2, r3, r4",
  ...each("%s r1, r2, r3, r4", "umull umlal smull smlal"),
  ...each("% r1, r2", "sxtb sxth uxtb uxth sxtb16 uxtb16 rev rev16 revsh"),
  ...each("% r1, r2, ror #16", "sxtb sxth uxtb uxth"),
  "sev",
  "yield",
]

const t32Lines = [
  ...each("%.w r1, r2, #255", "and eor sub add adc sbc orr bic"),
  ...each("%s.w r1, r2, #4278255360", "and eor sub add adc sbc orr bic"),
  ...each("%.w r1, r2, r3", "and eor sub add adc sbc orr bic"),
  ...each("%s.w r1, r2, r3, ror #31", "and eor sub add adc sbc orr bic"),
  ...each("% r1, r2, #2147483648", "rsb orn"),
  ...each("%s r1, r2, r3, asr #32", "rsb orn"),
  ...each("%.w r8, #511", "mov mvn").map((line) => line.replace("511", "510")),
  ...each("%.w r8, r9, rrx", "mov movs mvn mvns tst cmp cmn"),
  "teq r1, r2, lsl #1",
  "teq r1, #1",
  ...each("%.w r8, #1", "tst cmp cmn"),
  ...each("%.w r8, r9, r10", "lsl lsls lsr lsrs asr asrs ror rors"),
  ...each("% r1, r2, #4095", "addw subw"),
  ...each("% r1, pc, #4095", "addw subw"),
  "add.w sp, sp, r1, lsl #3",
  "sub.w sp, sp, #256",
  "mul.w r1, r2, r3",
  ...each("%.w r8, r9", "sxtb sxth uxtb uxth rev rev16 revsh"),
  ...each("%.w r8, r9, ror #24", "sxtb sxth uxtb uxth"),
  ...each("%.w", "nop sev yield"),
]

const t16Lines = [
  ...each("% r1, r2, #31", "lsls lsrs asrs"),
  ...each("% r1, r2, #32", "lsrs asrs"),
  ...each("% r1, r2, r3", "adds subs"),
  ...each("% r1, r2, #7", "adds subs"),
  ...each("% r1, #255", "movs cmp adds subs"),
  ...each("% r1, r2", "ands eors lsls lsrs asrs adcs sbcs rors tst negs cmp cmn orrs muls bics mvns movs"),
  ...each("% r8, r1", "add cmp mov"),
  ...each("% pc, r1", "add mov"),
  "add r1, sp, #1020",
  "add r1, pc, #1020",
  "add sp, #508",
  "sub sp, #508",
  ...each("% r1, r2", "sxth sxtb uxth uxtb rev rev16 revsh"),
  ...each("%", "nop yield sev"),
]

const oracle = hasArmBinutils()
describe("data processing", () => {
  it.runIf(oracle).each([
    ["A32", [...common, ...a32Lines]],
    ["Thumb", [...common, ...t32Lines, ...t16Lines]],
  ] as const)("in %s is decoded as GNU as encodes it (needs arm-linux-gnueabihf binutils)", (name, lines) => {
    const format = name === "Thumb" ? thumbState! : armState!
    const printed = assembleWithGnu(lines, armBinutils(name === "Thumb")).map((bytes, n) => {
      if (!bytes) return `${lines[n]}: refused`
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      const read = (offset: number) => (format.unit === 4 ? view.getUint32(offset, true) : view.getUint16(offset, true))
      const { decoded } = format.decode(read, 0)
      return decoded ? disassemble(decoded, 0) : `${lines[n]}: undefined`
    })
    expect(printed).toEqual(lines)
  })
})
