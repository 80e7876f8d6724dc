/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share. A target is one file with
 * LLVMFuzzerTestOneInput(); linked with libFuzzer it looks for input that
 * breaks something, linked with replay.c it runs files that it is given.
 * What must hold is checked by FUZZ_NEED(), which ends the program.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NEED(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* Whether the text is one JSON value by the letter of RFC 8259, in UTF-8. */
bool fuzz_json_valid(struct span text);

/* Fail unless text is whole lines, each of them a JSON object by our own
 * reading and by cJSON's. */
void fuzz_need_lines(struct span text);

/* The path of a file in memory that holds the bytes; the same one each time,
 * one for each slot of 0 to 3. */
const char *fuzz_file(unsigned slot, struct span bytes);

/* The descriptor of that file, made empty. */
int fuzz_empty(unsigned slot);

/* What is in the file; until the next call. */
struct span fuzz_content(unsigned slot);

/* An empty folder of this process; its path. */
const char *fuzz_folder(void);

/* dir/name holds the bytes. */
void fuzz_write(const char *dir, const char *name, struct span bytes);

#endif
