/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/key_journal.h"
#include "convert/state_file.h"
#include "util/digest.h"
#include "util/io.h"
#include "util/prefix.h"

/* Name of the file in state/; stage/staging_dir.c has it too. */
#define NAME "keys"
#define WHAT "state/" NAME
#define BLOCK_KEYS ((size_t)4096)

struct key_journal {
	int fd; /* descriptor of the file; -1: it has not been created yet */
	int dirfd;
	uint64_t written;      /* number of keys in the file */
	struct digest *digest; /* digest of the contents of the file */
	struct key_entry block[BLOCK_KEYS]; /* keys that are not written yet */
	size_t n;
};

enum rc
key_journal_create(struct key_journal **kp, int dirfd, struct err *e)
{
	struct key_journal *const k = calloc(1, sizeof(*k));

	*kp = k;
	if (k == NULL)
		return err_nomem(e);
	k->fd = -1;
	k->dirfd = dirfd;
	return digest_create(&k->digest, e);
}

void
key_journal_destroy(struct key_journal *k)
{
	if (k == NULL)
		return;
	if (k->fd != -1)
		(void)close(k->fd);
	digest_destroy(k->digest);
	free(k);
}

static enum rc
flush(struct key_journal *k, struct err *e)
{
	const struct span keys = span_of(k->block, k->n * sizeof(*k->block));
	enum rc rc = RC_OK;

	if (k->n == 0)
		return RC_OK;
	if (k->fd == -1)
		rc = state_file_create(k->dirfd, NAME, &k->fd, e);
	if (rc == RC_OK)
		rc = io_write(k->fd, keys, WHAT, e);
	if (rc == RC_OK)
		io_flush_soon(k->fd, k->written * sizeof(*k->block), keys.n);
	if (rc == RC_OK)
		rc = digest_add(k->digest, keys, e);
	k->written += k->n;
	k->n = 0;
	return rc;
}

enum rc
key_journal_add(
    struct key_journal *k, const struct key_entry *entry, struct err *e)
{
	k->block[k->n++] = *entry;
	return k->n == BLOCK_KEYS ? flush(k, e) : RC_OK;
}

/* --- checkpoints ---------------------------------------------------------- */

struct saved {
	uint64_t keys;
	char sha256[DIGEST_HEX];
};

static const struct state_field fields[] = {
	STATE_FIELD("keys", STATE_U64, saved, keys),
	STATE_FIELD("keys_sha256", STATE_CHARS, saved, sha256),
	STATE_FIELDS_END,
};

/* Get the digest of the file so far. More keys can be digested afterwards. */
static enum rc
digest_now(const struct key_journal *k, char sha256[DIGEST_HEX], struct err *e)
{
	struct digest_state state;

	digest_save(k->digest, &state);
	const enum rc rc = digest_final_hex(k->digest, sha256, e);
	digest_restore(k->digest, &state);
	return rc;
}

enum rc
key_journal_write_state(
    struct key_journal *k, struct state_writer *w, struct err *e)
{
	struct saved saved = { .keys = 0 };

	enum rc rc = flush(k, e);
	if (rc == RC_OK)
		rc = digest_now(k, saved.sha256, e);
	if (rc == RC_OK && k->fd != -1 && fsync(k->fd) == -1)
		rc = err_sys(e, RC_FATAL, "sync " WHAT);
	saved.keys = k->written;
	state_codec_write(w, fields, &saved);
	return rc;
}

/* Add the first k->written keys of the file to the digest and to the set. */
static enum rc
read_keys(struct key_journal *k, struct keyset *seen, struct err *e)
{
	const uint64_t end = k->written * sizeof(*k->block);
	struct io_read in = {
		.fd = k->fd, .name = WHAT, .p = (uint8_t *)k->block
	};
	enum keyset_answer answer;
	enum rc rc = RC_OK;
	size_t got = 0;

	for (; rc == RC_OK && in.off < end; in.off += got) {
		in.n = end - in.off < sizeof(k->block) ? (size_t)(end - in.off)
						       : sizeof(k->block);
		rc = io_pread(&in, &got, e);
		if (rc == RC_OK && got != in.n)
			rc = prefix_changed(WHAT, e);
		if (rc == RC_OK)
			rc = digest_add(k->digest, span_of(in.p, got), e);
		for (size_t i = 0; rc == RC_OK && i < got / sizeof(*k->block);
		     i++)
			rc = keyset_add(seen, &k->block[i], &answer, e);
	}
	return rc;
}

enum rc
key_journal_read_state(struct key_journal *k, struct keyset *seen,
    struct state_reader *r, struct err *e)
{
	struct saved saved;
	char now[DIGEST_HEX] = "";

	state_codec_read(r, fields, &saved);
	k->written = saved.keys;
	if (state_codec_failed(r) || saved.keys == 0)
		return RC_OK;
	enum rc rc = state_file_open(k->dirfd, NAME, &k->fd, e);
	if (rc == RC_OK)
		rc = io_go_back(k->fd, saved.keys * sizeof(*k->block), WHAT, e);
	if (rc == RC_OK)
		rc = read_keys(k, seen, e);
	if (rc == RC_OK)
		rc = digest_now(k, now, e);
	return rc == RC_OK && strcmp(now, saved.sha256) != 0
		   ? prefix_changed(WHAT, e)
		   : rc;
}
