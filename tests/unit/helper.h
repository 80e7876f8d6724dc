/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the unit tests: cmocka and its headers, assertions about spans and
 * buffers, trees built from a line of XML-like text, and temporary folders.
 */
#ifndef UNIT_HELPER_H
#define UNIT_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/system_fields.h"
#include "event/tree.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Fail unless span (or buffer) b is this text, and show both. */
#define assert_span(s, want) helper_span(s, span_str(want), __FILE__, __LINE__)
#define assert_buf(b, want) assert_span(buf_span(b), want)
#define assert_span_eq(a, b) helper_span(a, b, __FILE__, __LINE__)

/* Fail unless the call returned that, with that reason in e. */
#define assert_rc(call, want) assert_int_equal(call, want)
#define assert_ok(call) assert_int_equal(call, RC_OK)
#define assert_why(call, want, error, reason) \
	do { \
		assert_int_equal(call, want); \
		assert_int_equal((error).rc, want); \
		assert_int_equal((error).why, reason); \
		assert_true((error).text[0] != '\0'); \
	} while (0)
#define assert_says(e, part) helper_says((e).text, part, __FILE__, __LINE__)
#define assert_has(text, part) helper_says(text, part, __FILE__, __LINE__)

void helper_span(struct span got, struct span want, const char *file, int line);
void helper_says(
    const char *text, const char *part, const char *file, int line);

/* The bytes of hex text such as "0a ff"; valid until helper_free(). */
struct span bytes(const char *hex);

/* Values of that type: from hex bytes, from text as UTF-16, from text as UTF-8,
 * and from a number in little-endian order. */
struct value hex_value(unsigned type, const char *hex);
struct value wide_value(const char *ascii);
struct value utf8_value(const char *text);
struct value number_value(unsigned type, uint64_t v, unsigned width);

/*
 * A tree from text: <E a='v'>text<F/></E>. A value {3} is substitution number
 * 3; blanks count as text. All text is UTF-8 as it stands, without entities.
 */
const struct node *sample(const char *text);

struct tree sample_tree(
    const char *text, const struct value *values, size_t n_values);

/* Free everything that the functions above allocated. */
void helper_free(void);
int helper_teardown(void **state);

/* Create an empty folder; remove it with its contents. */
#define TEMP_MAX 64
void temp_make(char path[TEMP_MAX]);
void temp_remove(const char *path);

/* path/name, valid until the eighth call after it. */
const char *in(const char *path, const char *name);

/* The name of the segment with this index in a staging, valid until the next
 * call. */
const char *segment_name(size_t i);

void file_write(const char *path, struct span s);
/* The file's contents as text, for free(); NULL if it does not exist. */
char *file_text(const char *path);
int file_there(const char *path);

/* Write a log by the generator: `description` as for mkevtx --describe, odd
 * shapes as for --odd or NULL. Skips the test when it was not built. */
void mkevtx(const char *path, const char *description, const char *odd);

/* A pseudo-random number below `below`, the same in every run. */
uint32_t dice(uint32_t below);

#endif
