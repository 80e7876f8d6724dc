/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/inputs.h"
#include "util/buf.h"
#include "util/crc.h"
#include "util/pages.h"
#include "util/prefix.h"
#include "util/sorter.h"

/* Name of the file in state/; stage/staging_dir.c has it too. */
#define NAME "inputs"
#define CACHED ((size_t)16)
#define FACTS_MAX 160
#define ENTRY_MAX (SORTER_RECORD_MAX + FACTS_MAX)

/* An entry of the file consists of its length, the facts of the input (size,
 * times and inode, see facts_of()) and its path; both strings end with a NUL.
 */
struct inputs {
	const struct walk *walk;
	struct pages_options where;
	struct pages *pages;
	bool written;
	bool moved;   /* result of inputs_moved() */
	uint64_t n;   /* number of inputs in the file */
	uint64_t end; /* length of the file in bytes */
	uint64_t crc; /* CRC of the contents of the file */
	struct buf entry;
};

enum rc
inputs_create(
    struct inputs **ip, const struct walk *w, int dirfd, struct err *e)
{
	struct inputs *const i = calloc(1, sizeof(*i));

	*ip = i;
	if (i == NULL)
		return err_nomem(e);
	i->walk = w;
	buf_init(&i->entry, ENTRY_MAX);
	i->where = (struct pages_options){
		.dirfd = dirfd, .name = NAME, .cached = CACHED
	};
	return RC_OK;
}

void
inputs_destroy(struct inputs *i)
{
	if (i == NULL)
		return;
	pages_destroy(i->pages);
	buf_reset(&i->entry);
	free(i);
}

static void
facts_of(const struct walk_entry *w, char facts[FACTS_MAX])
{
	(void)snprintf(facts, FACTS_MAX,
	    "%llu bytes, modified %lld.%09ld, changed %lld.%09ld, inode %llu",
	    (unsigned long long)w->bytes, (long long)w->modified.tv_sec,
	    w->modified.tv_nsec, (long long)w->changed.tv_sec,
	    w->changed.tv_nsec, (unsigned long long)w->ino);
}

/* --- writing -------------------------------------------------------------- */

static enum rc
put(struct inputs *i, struct span bytes, struct err *e)
{
	const enum rc rc = pages_write(i->pages, i->end, bytes, e);

	i->crc = crc_add((uint32_t)i->crc, bytes);
	i->end += bytes.n;
	return rc;
}

static enum rc
put_entry(struct inputs *i, const struct walk_entry *entry, struct err *e)
{
	char facts[FACTS_MAX];

	facts_of(entry, facts);
	buf_cut(&i->entry, 0);
	buf_put(&i->entry, span_of(facts, strlen(facts) + 1));
	buf_put(&i->entry, span_of(entry->path, strlen(entry->path) + 1));
	if (i->entry.full)
		return buf_fail(&i->entry, "the path of an input", e);
	const uint32_t n = (uint32_t)i->entry.n;
	const enum rc rc = put(i, span_of(&n, sizeof(n)), e);
	return rc == RC_OK ? put(i, buf_span(&i->entry), e) : rc;
}

/* Write the list, once: it does not change while the program runs. */
static enum rc
write_all(struct inputs *i, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct walk_entry entry;

	if (i->written)
		return RC_OK;
	enum rc rc = pages_create(&i->pages, &i->where, e);
	if (rc == RC_OK)
		rc = walk_read(&list, i->walk, e);
	while (rc == RC_OK && (rc = walk_next_entry(list, &entry, e)) == RC_OK)
		rc = put_entry(i, &entry, e);
	sorter_reader_destroy(list);
	if (rc == RC_END)
		rc = pages_sync(i->pages, e);
	i->n = i->walk->n;
	i->written = rc == RC_OK;
	return rc;
}

/* --- reading -------------------------------------------------------------- */

/* Report an input that cannot be examined: it may have changed. */
static enum rc
cannot_look(const struct walk_entry *w, struct err *e)
{
	errno = w->sys;
	return err_sys(e, RC_FATAL, "%s %s", w->path, w->why);
}

/* Compare the sizes of two inputs. The arguments are the facts of the inputs,
 * which begin with the size. */
static bool
same_size(const char *then, const char *now)
{
	return strtoull(then, NULL, 10) == strtoull(now, NULL, 10);
}

/* Compare an entry of the file with the input at the same place now, which is
 * NULL if there are fewer inputs. */
static enum rc
compare(struct inputs *i, const char *then, const struct walk_entry *now,
    struct err *e)
{
	const char *const path = then + strlen(then) + 1;
	char facts[FACTS_MAX] = "";
	const bool same = now != NULL && strcmp(now->path, path) == 0;

	if (now != NULL)
		facts_of(now, facts);
	const bool equal = same && strcmp(then, facts) == 0;
	if (!equal && now != NULL && now->sys != 0)
		return cannot_look(now, e);
	if (!same)
		return err_set(e, RC_FATAL, WHY_EXISTS,
		    "cannot resume: the next input was %s, now it is %s: use "
		    "the same, or start anew with --force",
		    path, now == NULL ? "nothing" : now->path);
	i->moved = i->moved || !equal;
	return same_size(then, facts)
		   ? RC_OK
		   : err_set(e, RC_FATAL, WHY_EXISTS,
			 "cannot resume: %s was \"%s\", now it is \"%s\": use "
			 "the same, or start anew with --force",
			 path, then, facts);
}

/* Read the next entry of the file into i->entry: its facts, followed by its
 * path. */
static enum rc
read_entry(struct inputs *i, uint64_t *at, struct err *e)
{
	uint32_t n = 0;

	enum rc rc = pages_read(i->pages, *at, &n, sizeof(n), e);
	if (rc != RC_OK)
		return rc;
	i->crc = crc_add((uint32_t)i->crc, span_of(&n, sizeof(n)));
	*at += sizeof(n);
	if (n > ENTRY_MAX || n > i->end - *at)
		return prefix_changed("state/" NAME, e);
	buf_cut(&i->entry, 0);
	uint8_t *const to = buf_room(&i->entry, n);
	if (to == NULL)
		return err_nomem(e);
	rc = pages_read(i->pages, *at, to, n, e);
	i->crc = crc_add((uint32_t)i->crc, span_of(to, n));
	i->entry.n = n;
	*at += n;
	const uint8_t *const nul = memchr(to, '\0', n);
	if (rc == RC_OK && (nul == NULL || nul == to + n - 1 || to[n - 1] != 0))
		return prefix_changed("state/" NAME, e);
	return rc;
}

/* Check the whole file, before its entries are compared with the inputs. */
static enum rc
check_file(struct inputs *i, struct err *e)
{
	const uint64_t crc = i->crc;
	uint64_t at = 0;
	enum rc rc = RC_OK;

	i->crc = 0;
	for (uint64_t n = 0; rc == RC_OK && n < i->n; n++)
		rc = i->end - at < sizeof(uint32_t)
			 ? prefix_changed("state/" NAME, e)
			 : read_entry(i, &at, e);
	return rc == RC_OK && (at != i->end || i->crc != crc)
		   ? prefix_changed("state/" NAME, e)
		   : rc;
}

static enum rc
compare_all(struct inputs *i, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct walk_entry now;
	uint64_t at = 0;

	enum rc rc = walk_read(&list, i->walk, e);
	for (uint64_t n = 0; rc == RC_OK && n < i->n; n++) {
		rc = read_entry(i, &at, e);
		if (rc != RC_OK)
			break;
		const char *const facts = (const char *)i->entry.p;
		rc = walk_next_entry(list, &now, e);
		if (rc == RC_OK || rc == RC_END)
			rc = compare(i, facts, rc == RC_OK ? &now : NULL, e);
	}
	if (rc == RC_OK && walk_next_entry(list, &now, e) == RC_OK)
		rc = err_set(e, RC_FATAL, WHY_EXISTS,
		    "cannot resume: %s is a new input: leave it out, or start "
		    "anew with --force",
		    now.path);
	sorter_reader_destroy(list);
	return rc;
}

static const struct state_field fields[] = {
	STATE_FIELD("inputs", STATE_U64, inputs, n),
	STATE_FIELD("inputs_bytes", STATE_U64, inputs, end),
	STATE_FIELD("inputs_crc", STATE_U64, inputs, crc),
	STATE_FIELDS_END,
};

enum rc
inputs_write_state(struct inputs *i, struct state_writer *w, struct err *e)
{
	const enum rc rc = write_all(i, e);

	state_codec_write(w, fields, i);
	return rc;
}

enum rc
inputs_read_state(struct inputs *i, struct state_reader *r, struct err *e)
{
	state_codec_read(r, fields, i);
	if (state_codec_failed(r))
		return RC_OK;
	i->where.resumes = true;
	const uint64_t crc = i->crc;
	enum rc rc = pages_create(&i->pages, &i->where, e);
	if (rc == RC_OK)
		rc = check_file(i, e);
	if (rc == RC_OK)
		rc = compare_all(i, e);
	i->crc = crc;
	i->written = rc == RC_OK;
	return rc;
}

bool
inputs_moved(const struct inputs *i)
{
	return i->moved;
}
