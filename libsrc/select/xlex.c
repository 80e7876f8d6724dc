/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "select/xlex.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* True for a byte that can start a name, which includes every byte of a
 * non-ASCII character. */
static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c >= 0x80;
}

static bool
is_name(uint8_t c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static uint8_t
peek(const struct xlex *x, size_t ahead)
{
	return x->text.n - x->at > ahead ? x->text.p[x->at + ahead] : 0;
}

static enum rc
refuse(struct err *e, const char *why)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "%s", why);
}

/* Read a name or a number; both consist of the same bytes after the first. */
static enum rc
read_word(struct xlex *x, bool number, struct err *e)
{
	struct xlex_token *const t = &x->token;
	const size_t start = x->at;

	while (is_name(peek(x, 0)))
		x->at++;
	t->kind = number ? XLEX_NUMBER : XLEX_NAME;
	t->text = span_of(x->text.p + start, x->at - start);
	if (number ? num_parse_u64(t->text, &t->number) : peek(x, 0) != ':')
		return RC_OK;
	x->at = start;
	return refuse(e,
	    number ? "a number is decimal or 0x and hexadecimal digits, whole, "
		     "and of 64 bits at most"
		   : "axes other than child and @, and namespaces, are not "
		     "supported");
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
		return refuse(e, "the quote is not closed");
	x->token.kind = XLEX_STRING;
	x->token.text = span_of(x->text.p + start, end - start);
	x->at = end + 1;
	return RC_OK;
}

/* Comparison operators, also as XML escapes them (&lt; for <). */
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

/* Refuse a character with which no token starts, and say why. Most of them have
 * a meaning in XPath 1.0, but not in the supported subset. */
static enum rc
refuse_character(uint8_t c, struct err *e)
{
	switch (c) {
	case '.':
		return refuse(e, "the axes . and .. are not supported");
	case '|':
		return refuse(e, "| is not supported: combine with or");
	case '$':
		return refuse(e, "variables are not supported");
	case '-':
	case '+':
		return refuse(e,
		    "numbers have no sign and there is no arithmetic; a "
		    "negative number can be compared as text, in quotes");
	case '!':
		return refuse(e, "! is only allowed in !=");
	case '&':
		return refuse(e, "& is only allowed in &lt; and &gt;");
	default:
		return refuse(e, "this character has no meaning in a query");
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
	if (is_name(c) && c != '-' && c != '.')
		return read_word(x, !is_letter(c), e);
	if (c == '\'' || c == '"')
		return read_string(x, e);
	const struct span rest = span_of(x->text.p + x->at, x->text.n - x->at);
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		const struct span text = span_str(operators[i].text);
		if (!span_starts(rest, text))
			continue;
		x->token.kind = XLEX_COMPARE;
		x->token.op = operators[i].op;
		x->at += text.n;
		return RC_OK;
	}
	if (c == 0 || strchr("*@/()[],", c) == NULL)
		return refuse_character(c, e);
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
