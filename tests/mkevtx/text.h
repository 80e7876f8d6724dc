/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text between a description (UTF-8 with escapes), a file (UTF-16 units, little
 * endian) and the list of expectations (JSON).
 *
 * Escapes: \n \r \t \0 \\ \| \= \: \s (blank) \xHH (unit U+00HH) \uHHHH (any
 * 16-bit unit, lone surrogates too). An escape that is not one of these ends
 * the program, as does broken UTF-8.
 */
#ifndef MKEVTX_TEXT_H
#define MKEVTX_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Appends the units of `n` bytes of description text to `out`. */
void text_units(struct buf *out, const char *s, size_t n);

/* Appends the units of UTF-8 in which a backslash is a backslash. */
void text_plain(struct buf *out, const char *s);

/* Appends the inside of a JSON string; a lone surrogate becomes U+FFFD. */
void text_json(struct buf *out, const uint8_t *units, size_t bytes);

/* The same in quotes. */
void text_json_quoted(struct buf *out, const uint8_t *units, size_t bytes);

/* Appends the units of `n` bytes of windows-1252; undefined bytes stay. */
void text_from_ansi(struct buf *out, const uint8_t *p, size_t n);

#endif
