// Every instruction of the PowerPC processors that some model has, a module for each facility of the manual.

import * as altivecCompare from "./altivec/compare.ts"
import * as altivecEstimate from "./altivec/estimate.ts"
import * as altivecFloat from "./altivec/float.ts"
import * as altivecFloatCompare from "./altivec/float-compare.ts"
import * as altivecFloatConvert from "./altivec/float-convert.ts"
import * as altivecInteger from "./altivec/integer.ts"
import * as altivecLoadStore from "./altivec/load-store.ts"
import * as altivecLogical from "./altivec/logical.ts"
import * as altivecMultiply from "./altivec/multiply.ts"
import * as altivecPack from "./altivec/pack.ts"
import * as altivecPermute from "./altivec/permute.ts"
import * as altivecShift from "./altivec/shift.ts"
import * as altivecStatus from "./altivec/status.ts"
import * as altivecStreams from "./altivec/streams.ts"
import * as altivecSum from "./altivec/sum.ts"
import * as control from "./system/control.ts"
import * as systemRegisters from "./system/registers.ts"

/** The modules of instructions. */
export const modules: readonly object[] = [
  altivecCompare,
  altivecEstimate,
  altivecFloat,
  altivecFloatCompare,
  altivecFloatConvert,
  altivecInteger,
  altivecLoadStore,
  altivecLogical,
  altivecMultiply,
  altivecPack,
  altivecPermute,
  altivecShift,
  altivecStatus,
  altivecStreams,
  altivecSum,
  control,
  systemRegisters,
]
