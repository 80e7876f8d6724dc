/* SPDX-License-Identifier: Apache-2.0 */
/* Splits the text of an XPath query into tokens. */
#ifndef SELECT_XLEX_H
#define SELECT_XLEX_H

#include "select/xpath.h"

enum xlex_kind {
	XLEX_END,
	XLEX_NAME, /* also and, or, and the names of functions */
	XLEX_STRING,
	XLEX_NUMBER,
	XLEX_COMPARE, /* with its operator */
	XLEX_MARK,    /* one of * @ / ( ) [ ] , */
};

struct xlex_token {
	enum xlex_kind kind;
	size_t at;        /* offset of its first byte */
	struct span text; /* of a string without its quotes */
	uint64_t number;
	enum xpath_op op;
	char mark;
};

struct xlex {
	struct span text;
	size_t at;               /* offset of the byte after the token */
	struct xlex_token token; /* the current token */
};

/* Read the next token. RC_FATAL with WHY_USAGE if no token starts at x->at. */
enum rc xlex_next(struct xlex *x, struct err *e);

/* True if the current token is that mark, or that word, ignoring case. */
bool xlex_is(const struct xlex *x, char mark);
bool xlex_is_word(const struct xlex *x, const char *word);

/* True if the first non-blank character after the token is this one. */
bool xlex_before(const struct xlex *x, char mark);

#endif
