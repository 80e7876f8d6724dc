/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "select/xlex.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* What a name may start with: every character beyond ASCII counts as one. */
static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c >= 0x80;
}

static bool
is_name(uint8_t c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '.';
}

static uint8_t
peek(const struct xlex *x, size_t ahead)
{
	return x->text.n - x->at > ahead ? x->text.p[x->at + ahead] : 0;
}

static enum rc
wrong(struct err *e, const char *what)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "%s", what);
}

static void
end_text(struct xlex *x, size_t start, size_t end)
{
	x->token.text = span_of(x->text.p + start, end - start);
}

static enum rc
read_name(struct xlex *x, struct err *e)
{
	const size_t start = x->at;

	while (is_name(peek(x, 0)))
		x->at++;
	x->token.kind = XLEX_NAME;
	end_text(x, start, x->at);
	if (peek(x, 0) != ':')
		return RC_OK;
	x->at = start;
	return wrong(e, "axes other than child and @ are not in the subset, "
			"nor are namespaces");
}

static enum rc
read_number(struct xlex *x, struct err *e)
{
	const size_t start = x->at;

	while (is_name(peek(x, 0)))
		x->at++;
	x->token.kind = XLEX_NUMBER;
	end_text(x, start, x->at);
	if (num_parse_u64(x->token.text, &x->token.number))
		return RC_OK;
	x->at = start;
	return wrong(e,
	    "a number is decimal or 0x and hexadecimal digits, whole, and of "
	    "64 bits at most");
}

static enum rc
read_string(struct xlex *x, struct err *e)
{
	const uint8_t quote = peek(x, 0);
	const size_t start = x->at + 1;
	size_t end = start;

	while (end < x->text.n && x->text.p[end] != quote)
		end++;
	if (end == x->text.n)
		return wrong(e, "the quote is never closed");
	x->token.kind = XLEX_STRING;
	end_text(x, start, end);
	x->at = end + 1;
	return RC_OK;
}

/* Operators; also as they are written in XML, where < is &lt;. */
static const struct {
	const char *text;
	enum xpath_op op;
} operators[] = {
	{ "<=", XPATH_LE },
	{ ">=", XPATH_GE },
	{ "!=", XPATH_NE },
	{ "&lt;=", XPATH_LE },
	{ "&gt;=", XPATH_GE },
	{ "&lt;", XPATH_LT },
	{ "&gt;", XPATH_GT },
	{ "<", XPATH_LT },
	{ ">", XPATH_GT },
	{ "=", XPATH_EQ },
};

static bool
read_operator(struct xlex *x)
{
	const struct span rest = span_of(x->text.p + x->at, x->text.n - x->at);

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		const struct span text = span_str(operators[i].text);
		if (!span_starts(rest, text))
			continue;
		x->token.kind = XLEX_COMPARE;
		x->token.op = operators[i].op;
		x->at += text.n;
		return true;
	}
	return false;
}

/* Characters of XPath 1.0 that mean something which is not in the subset. */
static enum rc
refuse(uint8_t c, struct err *e)
{
	switch (c) {
	case '.':
		return wrong(e, "the axes . and .. are not in the subset");
	case '|':
		return wrong(e, "| is not in the subset: combine by or");
	case '$':
		return wrong(e, "variables are not in the subset");
	case '-':
	case '+':
		return wrong(e,
		    "numbers have no sign and there is no arithmetic; a "
		    "negative number can be compared as text, in quotes");
	case '!':
		return wrong(e, "! without =");
	case '&':
		return wrong(e, "& is only taken in &lt; and &gt;");
	default:
		return wrong(e, "this character has no meaning in a query");
	}
}

enum rc
xlex_next(struct xlex *x, struct err *e)
{
	while (is_blank(peek(x, 0)))
		x->at++;
	memset(&x->token, 0, sizeof(x->token));
	x->token.at = x->at;
	if (x->at == x->text.n)
		return RC_OK;
	const uint8_t c = peek(x, 0);
	if (is_letter(c))
		return read_name(x, e);
	if (is_digit(c))
		return read_number(x, e);
	if (c == '\'' || c == '"')
		return read_string(x, e);
	if (read_operator(x))
		return RC_OK;
	if (c == 0 || strchr("*@/()[],", c) == NULL)
		return refuse(c, e);
	x->token.kind = XLEX_MARK;
	x->token.mark = (char)c;
	x->at++;
	return RC_OK;
}

bool
xlex_is(const struct xlex *x, char mark)
{
	return x->token.kind == XLEX_MARK && x->token.mark == mark;
}

bool
xlex_is_word(const struct xlex *x, const char *word)
{
	const struct span text = x->token.text;

	return x->token.kind == XLEX_NAME && text.n == strlen(word) &&
	       strncasecmp((const char *)text.p, word, text.n) == 0;
}

bool
xlex_before(const struct xlex *x, char mark)
{
	size_t ahead = 0;

	while (is_blank(peek(x, ahead)))
		ahead++;
	return peek(x, ahead) == (uint8_t)mark;
}
