/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "input/source_name.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/maxima.h"
#include "util/text.h"

#define NAME_MAX_BYTES ((size_t)1 << 20)
#define MARK "...sha256:"
#define ENDING_BYTES (sizeof(MARK) - 1 + DIGEST_HEX - 1)
_Static_assert(MAXIMUM_NAME_KEPT + ENDING_BYTES <= MAXIMUM_NAME,
    "a shortened name is not too long");

/* A name that already ends like a shortened one is shortened as well: it must
 * differ from the name that it imitates. */
static void
shorten(struct buf *b)
{
	const struct span name = buf_span(b);
	const uint8_t *const ending = name.p + name.n - ENDING_BYTES;
	size_t keep = name.n < MAXIMUM_NAME_KEPT ? name.n : MAXIMUM_NAME_KEPT;
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	struct err e;

	const bool imitates =
	    name.n >= ENDING_BYTES &&
	    memcmp(ending, MARK, sizeof(MARK) - 1) == 0 &&
	    digest_unhex(
		span_of(ending + sizeof(MARK) - 1, DIGEST_HEX - 1), sum);
	if (name.n <= MAXIMUM_NAME && !imitates)
		return;
	if (digest_once(name, sum, &e) != RC_OK) {
		b->full = true;
		return;
	}
	digest_hex(sum, sizeof(sum), hex);
	/* Do not cut within a UTF-8 character. */
	while (keep > 0 && keep < b->n && (b->p[keep] & 0xC0) == 0x80)
		keep--;
	buf_cut(b, keep);
	buf_str(b, MARK);
	buf_str(b, hex);
}

char *
source_name_make(const char *archive, const char *path)
{
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
	errno = 0;
	if (archive != NULL) {
		text_utf8_utf8(&b, span_str(archive));
		buf_str(&b, SOURCE_NAME_INSIDE);
	}
	text_utf8_utf8(&b, span_str(path));
	if (!b.full)
		shorten(&b);
	buf_byte(&b, '\0');
	if (!b.full)
		return (char *)b.p;
	buf_reset(&b);
	if (errno == ENOMEM)
		return NULL;
	return strdup("(a name that is too long)");
}

bool
source_name_is_exact(const char *name)
{
	static const char replaced[] = "\xef\xbf\xbd";
	const size_t n = strlen(name);

	return strstr(name, replaced) == NULL &&
	       (n < ENDING_BYTES || strncmp(name + n - ENDING_BYTES, MARK,
					sizeof(MARK) - 1) != 0);
}

size_t
source_name_file(const char *name, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (stat(name, &st) == 0)
		return strlen(name);
	(void)err_sys(e, RC_SKIP, "open %s", name);
	for (const char *p = strstr(name, SOURCE_NAME_INSIDE); p != NULL;
	     p = strstr(p + 1, SOURCE_NAME_INSIDE)) {
		const size_t n = (size_t)(p - name);
		if (n >= sizeof(path))
			break;
		memcpy(path, name, n);
		path[n] = '\0';
		if (stat(path, &st) == 0) {
			/* A folder's name may be followed by "!/", too. */
			if (S_ISREG(st.st_mode))
				return n;
		} else if (errno != ENOENT && errno != ENOTDIR) {
			(void)err_sys(e, RC_SKIP, "open %s", path);
		}
	}
	return 0;
}
