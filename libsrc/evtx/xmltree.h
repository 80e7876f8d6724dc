/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts the XML text of an event, as libevtx writes it, to a tree of nodes.
 *
 * XML has no value types. Where the place or the spelling of a text shows its
 * type, the text becomes a value of that type, so that both decoders return the
 * same values (the table `typed` and the function set_spelled_type() in
 * xmltree.c are the whole list):
 *   - in System: ids, level, task, keywords, time, process and thread;
 *   - elsewhere 0x%08x is HexInt32, 0x%016x is HexInt64, a time with nine
 *     digits of a second of which the last two are 0 is a FILETIME, and {GUID}
 *     in upper case is a GUID.
 * Everything else stays text, including the numbers of EventData. A string that
 * is spelled like a value of one of these types is converted too.
 *
 * Control characters, U+FFFE and U+FFFF, which libevtx writes although XML does
 * not allow them, and line ends, which an XML reader would change, are kept.
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
	struct xml *xml;    /* the XML reader, borrowed */
	struct arena *into; /* arena for nodes and text, borrowed */
	struct buf text;    /* temporary buffer for text */
};

/* Read `text` into a tree in x->into. RC_SKIP with the reason if it is not
 * well-formed, nested too deep or too large. */
enum rc xmltree_read(struct xmltree *x, struct span text,
    const struct node **root, struct err *e);

#endif
