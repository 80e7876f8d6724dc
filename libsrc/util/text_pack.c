/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text_pack.h"

/* Rows for all values of eight bits, in order: a row is a macro of the bits, of
 * which R8() sets the highest and R1() the lowest. */
#define R1(row, ...) \
	{ row(0, __VA_ARGS__) }, \
	{ \
		row(1, __VA_ARGS__) \
	}
#define R2(row, ...) R1(row, 0, __VA_ARGS__), R1(row, 1, __VA_ARGS__)
#define R3(row, ...) R2(row, 0, __VA_ARGS__), R2(row, 1, __VA_ARGS__)
#define R4(row, ...) R3(row, 0, __VA_ARGS__), R3(row, 1, __VA_ARGS__)
#define R5(row, ...) R4(row, 0, __VA_ARGS__), R4(row, 1, __VA_ARGS__)
#define R6(row, ...) R5(row, 0, __VA_ARGS__), R5(row, 1, __VA_ARGS__)
#define R7(row, ...) R6(row, 0, __VA_ARGS__), R6(row, 1, __VA_ARGS__)
#define R8(row) R7(row, 0), R7(row, 1)

/* The bytes that a character keeps of the lane that starts at byte i. */
#define TWO_0(i) (i)
#define TWO_1(i) (i), (i) + 1
#define THREE_00(i) (i)
#define THREE_10(i) (i), (i) + 1
#define THREE_01(i) (i)
#define THREE_11(i) (i), (i) + 1, (i) + 2

#define TWO(a, b, c, d, e, f, g, h) \
	TWO_##a(0), TWO_##b(2), TWO_##c(4), TWO_##d(6), TWO_##e(8), \
	    TWO_##f(10), TWO_##g(12), TWO_##h(14)
#define THREE(a, b, c, d, e, f, g, h) \
	THREE_##a##e(0), THREE_##b##f(4), THREE_##c##g(8), THREE_##d##h(12)

const uint8_t text_pack2[256][16] = { R8(TWO) };
const uint8_t text_pack3[256][16] = { R8(THREE) };
