// The device kit: everything that a part imports.
export { type Alarm, type Clock, Rate, VirtualClock } from "./clock.ts"
export { type ContractCase, contract, type Subject, TestBench } from "./contract.ts"
export {
  type Context,
  type Definition,
  type Device,
  device,
  type Instance,
  type Properties,
  type Region,
  type Surroundings,
} from "./device.ts"
export { push, take } from "./fifo.ts"
export { fromPlain, type Plain, type State, toPlain } from "./plain.ts"
export { CharLink, type CharPort, fanOut, type Line, unconnected, wiredOr } from "./ports.ts"
export { mask, primeCell, type Register, type RegisterInfo, type Registers } from "./registers.ts"
