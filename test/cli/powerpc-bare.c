/* A program without a system, for `emu diff`: integers and floating point, stored to memory. */

volatile unsigned results[64];
volatile double sum = 1.5;

static unsigned mix(unsigned x)
{
	return (x * 2654435761u) ^ (x >> 13);
}

int run(void)
{
	unsigned x = 1;

	for (int i = 0; i < 64; i++) {
		x = mix(x + i);
		results[i] = x;
		sum = sum * 0.75 + (double)(int)x;
		if (x & 1)
			x /= 3;
	}
	return (int)sum;
}

/* A stack, MSR[FP], and an endless loop at the end. */
__asm__(".globl _start\n"
	"_start: lis 1, 0x20\n"
	"mfmsr 3\n"
	"ori 3, 3, 0x2000\n"
	"mtmsr 3\n"
	"isync\n"
	"bl run\n"
	"1: b 1b\n");
