/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of a query's text. */
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
	size_t at;        /* where it starts */
	struct span text; /* of a string: what is between the quotes */
	uint64_t number;
	enum xpath_op op;
	char mark;
};

struct xlex {
	struct span text;
	size_t at;               /* behind the token */
	struct xlex_token token; /* the one that is looked at */
};

/* Go to the next token. RC_FATAL with WHY_USAGE: there is something that no
 * query has; x->at is where. */
enum rc xlex_next(struct xlex *x, struct err *e);

/* Whether the token is that mark; or that word, without regard to case. */
bool xlex_is(const struct xlex *x, char mark);
bool xlex_is_word(const struct xlex *x, const char *word);

/* Whether the next character behind the token (and blanks) is this one. */
bool xlex_before(const struct xlex *x, char mark);

#endif
