/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML text of an event, as libevtx writes it, becomes a node tree.
 *
 * XML has no value types. Where the place or the spelling tells the type, the
 * tree has it, so that both decoders mean the same (the table `typed` and the
 * function infer() in xmltree.c are the whole list):
 *   - System: ids, level, task, keywords, time, process and thread;
 *   - elsewhere 0x%08x is HexInt32 and 0x%016x HexInt64, a time with nine
 *     digits of a second, the last two 0, is a FILETIME, {GUID} in upper case
 *     a GUID.
 * Everything else stays text: numbers of EventData are text here. A string
 * that is spelled like one of these cannot be told from it.
 *
 * Control characters, U+FFFE and U+FFFF, which libevtx writes raw and XML
 * cannot hold, and line ends, which an XML reader would change, come through
 * unchanged.
 */
#ifndef EVTX_XMLTREE_H
#define EVTX_XMLTREE_H

#include "event/tree.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/xml.h"

#define XMLTREE_DEPTH_MAX 64

struct xmltree {
	struct xml *xml;    /* the reader, borrowed */
	struct arena *into; /* where nodes and text go, borrowed */
	struct buf text;    /* scratch */
};

/* Read `text` into a tree in x->into. RC_SKIP with the reason if it is not
 * well-formed, too deep or too large. */
enum rc xmltree_read(struct xmltree *x, struct span text,
    const struct node **root, struct err *e);

#endif
