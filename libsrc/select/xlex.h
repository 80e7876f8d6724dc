/* SPDX-License-Identifier: Apache-2.0 */
/* Splits the text of an XPath query into tokens. */
#ifndef SELECT_XLEX_H
#define SELECT_XLEX_H

#include "select/xpath.h"

enum xlex_kind {
	XLEX_END,
	XLEX_NAME, /* also the words "and" and "or", and names of functions */
	XLEX_STRING,
	XLEX_NUMBER,
	XLEX_COMPARE, /* a comparison operator */
	XLEX_MARK,    /* one of the characters * @ / ( ) [ ] , */
};

struct xlex_token {
	enum xlex_kind kind;
	size_t at; /* offset of the token's first byte in the query */
	/* Text of a name or number, or of a string without its quotes. */
	struct span text;
	uint64_t number;  /* value of an XLEX_NUMBER */
	enum xpath_op op; /* operator of an XLEX_COMPARE */
	char mark;        /* character of an XLEX_MARK */
};

struct xlex {
	struct span text;
	size_t at; /* offset of the byte after the current token */
	struct xlex_token token; /* the current token */
};

/* Read the next token. RC_FATAL with WHY_USAGE if no token starts at x->at. */
enum rc xlex_next(struct xlex *x, struct err *e);

/* True if the current token is this mark, or this word, ignoring case. */
bool xlex_is(const struct xlex *x, char mark);
bool xlex_is_word(const struct xlex *x, const char *word);

/* True if the next non-blank character after the current token is this mark. */
bool xlex_before(const struct xlex *x, char mark);

#endif
