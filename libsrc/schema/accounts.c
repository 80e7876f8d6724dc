/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/accounts.h"
#include "util/array.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/io.h"
#include "util/le.h"
#include "util/num.h"
#include "util/text.h"

#define NAMES_MAX (ACCOUNTS_FILE_MAX * 2)
#define BYTE_ORDER_MARK SPAN("\xef\xbb\xbf")

struct entry {
	struct span sid; /* SID of the account, a part of accounts.text */
	size_t name;     /* offset of the account in accounts.names */
	size_t name_n;   /* length of the account in bytes */
	size_t line;     /* line number in the file */
};

struct accounts {
	struct buf text;       /* content of the file */
	struct buf names;      /* names of the accounts, escaped for JSON */
	struct entry *entries; /* entries of the file, sorted by SID */
	size_t n;
	size_t cap;
	char sha256[DIGEST_HEX];
};

/* --- reading -------------------------------------------------------------- */

/* The two fields of a line. */
struct fields {
	struct span sid;
	struct span account;
};

static struct span
without_quotes(struct span s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return span_of(s.p + 1, s.n - 2);
	return s;
}

/* True for a SID such as S-1-5-21-..., with at least one number after the
 * authority. */
static bool
is_sid(struct span s)
{
	unsigned numbers = 0;
	bool digit = false;

	if (s.n < 4 || s.n > NUM_SID_MAX || memcmp(s.p, "S-1", 3) != 0)
		return false;
	for (size_t i = 3; i < s.n; i++) {
		const bool dash = s.p[i] == '-';
		if (!dash && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
		if (dash && i > 3 && !digit)
			return false;
		numbers += dash ? 1 : 0;
		digit = !dash;
	}
	return s.p[3] == '-' && digit && numbers >= 2;
}

/* Split a line into its fields. Returns NULL, or what is wrong with the line.
 * The SID becomes empty for a line of headings, which only the first line may
 * be. */
static const char *
parse_line(struct span line, bool first, struct fields *f)
{
	const int by = memchr(line.p, '\t', line.n) != NULL ? '\t' : ',';
	const uint8_t *const at = memchr(line.p, by, line.n);
	struct buf same;

	if (at == NULL)
		return "a SID and an account, with a tab or a comma between "
		       "them, are expected";
	const size_t n = (size_t)(at - line.p);
	f->sid = without_quotes(span_of(line.p, n));
	f->account = span_of(at + 1, line.n - n - 1);
	if (memchr(f->account.p, by, f->account.n) != NULL)
		return "more than two fields";
	f->account = without_quotes(f->account);
	if (first && f->sid.n == 3 &&
	    strncasecmp((const char *)f->sid.p, "SID", 3) == 0) {
		f->sid.n = 0;
		return NULL;
	}
	if (!is_sid(f->sid))
		return "not a SID like S-1-5-21-1-2-3-500";
	if (f->account.n == 0)
		return "the account is empty";
	if (f->account.n > ACCOUNTS_NAME_MAX)
		return "the account has more than 512 bytes";
	for (size_t i = 0; i < f->account.n; i++) {
		if (f->account.p[i] < ' ' || f->account.p[i] == 0x7f)
			return "the account has a control character";
	}
	/* The conversion changes nothing but malformed UTF-8. */
	buf_init(&same, (size_t)4 * ACCOUNTS_NAME_MAX);
	text_utf8_utf8(&same, f->account);
	const bool valid = !same.full && span_eq(buf_span(&same), f->account);
	buf_reset(&same);
	return valid ? NULL : "the account is not UTF-8";
}

static enum rc
read_lines(struct accounts *a, const char *path, struct err *e)
{
	struct span rest = buf_span(&a->text);

	if (span_starts(rest, BYTE_ORDER_MARK))
		rest = span_skip(rest, 3);
	for (size_t number = 1; rest.n != 0; number++) {
		struct span line = span_next(&rest, '\n');
		struct fields f;

		if (line.n != 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		const char *const wrong = parse_line(line, a->n == 0, &f);
		if (wrong != NULL)
			return err_set(e, RC_FATAL, WHY_USAGE, "%s:%zu: %s",
			    path, number, wrong);
		if (f.sid.n == 0)
			continue;
		struct entry *const entries =
		    array_grow(a->entries, a->n, &a->cap, sizeof(*entries));
		if (entries == NULL)
			return err_nomem(e);
		a->entries = entries;
		const size_t start = a->names.n;
		text_utf8_json(&a->names, f.account);
		if (a->names.full)
			return buf_fail(&a->names, "the list of accounts", e);
		a->entries[a->n++] =
		    (struct entry){ f.sid, start, a->names.n - start, number };
	}
	return RC_OK;
}

static int
compare_entries(const void *x, const void *y)
{
	const struct entry *const a = x;
	const struct entry *const b = y;
	const int d = span_cmp(a->sid, b->sid);

	return d != 0 ? d : (a->line > b->line) - (a->line < b->line);
}

static struct span
name_of(const struct accounts *a, const struct entry *entry)
{
	return span_of(a->names.p + entry->name, entry->name_n);
}

enum rc
accounts_read(struct accounts **ap, const char *path, struct err *e)
{
	struct accounts *const a = calloc(1, sizeof(*a));
	uint8_t sum[DIGEST_BYTES];

	*ap = a;
	if (a == NULL)
		return err_nomem(e);
	buf_init(&a->text, ACCOUNTS_FILE_MAX);
	buf_init(&a->names, NAMES_MAX);
	enum rc rc = io_slurp(AT_FDCWD, path, &a->text, e);
	if (rc != RC_OK) {
		/* A file that cannot be read is a wrong option. */
		e->why = WHY_USAGE;
		return e->rc = RC_FATAL;
	}
	rc = digest_once(buf_span(&a->text), sum, e);
	if (rc != RC_OK)
		return rc;
	digest_hex(sum, sizeof(sum), a->sha256);
	rc = read_lines(a, path, e);
	if (rc != RC_OK || a->n == 0)
		return rc;
	qsort(a->entries, a->n, sizeof(*a->entries), compare_entries);
	for (size_t i = 1; i < a->n; i++) {
		const struct entry *const one = &a->entries[i - 1];
		const struct entry *const two = &a->entries[i];
		if (span_eq(one->sid, two->sid) &&
		    !span_eq(name_of(a, one), name_of(a, two)))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "%s:%zu: line %zu has another account for this "
			    "SID",
			    path, two->line, one->line);
	}
	return RC_OK;
}

void
accounts_destroy(struct accounts *a)
{
	if (a == NULL)
		return;
	buf_reset(&a->text);
	buf_reset(&a->names);
	free(a->entries);
	free(a);
}

const char *
accounts_sha256(const struct accounts *a)
{
	return a->sha256;
}

/* --- finding -------------------------------------------------------------- */

struct span
accounts_find(const struct accounts *a, const struct value *sid)
{
	struct span wanted = value_bytes(sid);
	uint8_t text[NUM_SID_MAX];
	size_t from = 0;

	if (a == NULL || a->n == 0)
		return SPAN("");
	if (sid->type == VALUE_SID) {
		wanted = span_of(text, (size_t)(num_sid(text, wanted) - text));
	} else if (sid->type == VALUE_WSTRING) {
		const struct span s = text_trim_utf16(wanted);
		/* A SID contains only ASCII: a text with another character
		 * matches no entry. */
		wanted = span_of(text, s.n / 2);
		for (size_t i = 0; i < s.n / 2; i++) {
			const uint32_t unit = le_u16(s.p + 2 * i);
			if (i == NUM_SID_MAX || unit > 0x7f)
				return SPAN("");
			text[i] = (uint8_t)unit;
		}
	} else if (value_is_text(sid)) {
		wanted = text_trim_bytes(wanted);
	} else {
		return SPAN("");
	}
	for (size_t to = a->n; from < to;) {
		const size_t at = from + (to - from) / 2;
		const int d = span_cmp(wanted, a->entries[at].sid);
		if (d == 0)
			return name_of(a, &a->entries[at]);
		if (d < 0)
			to = at;
		else
			from = at + 1;
	}
	return SPAN("");
}
