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
import * as branch from "./branch/branch.ts"
import * as conditionRegister from "./branch/condition-register.ts"
import * as arithmetic from "./fixed-point/arithmetic.ts"
import * as compare from "./fixed-point/compare.ts"
import * as logical from "./fixed-point/logical.ts"
import * as rotateShift from "./fixed-point/rotate-shift.ts"
import * as fpArithmetic from "./floating-point/arithmetic.ts"
import * as fpCompare from "./floating-point/compare.ts"
import * as fpMove from "./floating-point/move.ts"
import * as fpStatus from "./floating-point/status.ts"
import * as cache from "./memory/cache.ts"
import * as floatLoadStore from "./memory/float-load-store.ts"
import * as loadStore from "./memory/load-store.ts"
import * as loadStoreMultiple from "./memory/load-store-multiple.ts"
import * as reservation from "./memory/reservation.ts"
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
  branch,
  conditionRegister,
  arithmetic,
  compare,
  logical,
  rotateShift,
  fpArithmetic,
  fpCompare,
  fpMove,
  fpStatus,
  cache,
  floatLoadStore,
  loadStoreMultiple,
  loadStore,
  reservation,
  control,
  systemRegisters,
]
