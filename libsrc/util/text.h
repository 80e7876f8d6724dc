/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text on its way into JSON: UTF-16LE, UTF-8 and ANSI bytes become the inside
 * of a JSON string, escaped and valid whatever the input is.
 *
 * Escapes: `\"` `\\` `\b` `\f` `\n` `\r` `\t`, other characters below U+0020
 * as `\u00XX` with lower-case digits. Lone surrogates and malformed UTF-8
 * become U+FFFD. Nothing else is changed.
 */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include "util/buf.h"
#include "util/span.h"

/* Append UTF-16LE; an odd last byte is dropped. */
void text_utf16_json(struct buf *b, struct span s);

/* Append UTF-8. */
void text_utf8_json(struct buf *b, struct span s);

/* Append single-byte text in windows-1252; its five holes become U+FFFD. */
void text_ansi_json(struct buf *b, struct span s);

/* The same conversions without JSON escapes. From UTF-8 to UTF-8 only what is
 * malformed changes. */
void text_utf8_utf8(struct buf *b, struct span s);
void text_utf16_utf8(struct buf *b, struct span s);
void text_ansi_utf8(struct buf *b, struct span s);

/* s without the NUL characters at its end. */
struct span text_trim_utf16(struct span s);
struct span text_trim_bytes(struct span s);

#endif
