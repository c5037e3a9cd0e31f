// The frequency of the time base and of the decrementer: a quarter of a bus clock of 100 MHz (MPC7400UM, 2.1.4).

/** Ticks of the time base in a second. */
export const TIMEBASE_HZ = 25_000_000
