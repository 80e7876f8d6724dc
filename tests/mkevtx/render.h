/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text. Two manners: RENDER_RAW is what the list of expectations
 * holds (GUID without braces, upper case); RENDER_XML is what Windows writes
 * where a value becomes text in a record without template (GUID in braces).
 *
 * In both: integers decimal, bool true/false, float and double the shortest
 * text that reads back the same, HexInt and size_t "0x3e7", FILETIME and
 * SYSTEMTIME "2013-10-23T16:22:39.9735000Z", SID "S-1-...", binary upper-case
 * hex, text without its trailing NULs, null empty, EvtHandle as size_t.
 */
#ifndef MKEVTX_RENDER_H
#define MKEVTX_RENDER_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum render_manner { RENDER_RAW, RENDER_XML };

/* Appends the units of one value, which must not be an array. */
void render_units(struct buf *out, uint8_t code, const uint8_t *p, size_t n,
    enum render_manner manner);

/* The bytes that the first member of an array at `p` takes. */
size_t render_member(uint8_t code, const uint8_t *p, size_t n);

#endif
