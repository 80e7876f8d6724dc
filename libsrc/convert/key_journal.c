/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/key_journal.h"
#include "util/digest.h"
#include "util/io.h"

#define WHAT "state/keys"
#define NAME "keys" /* known to stage/staging_dir.c */
#define BLOCK_KEYS ((size_t)4096)

struct key_journal {
	int fd; /* -1: there is no key yet */
	int dirfd;
	uint64_t written;                   /* keys in the file */
	struct digest *digest;              /* of them */
	struct key_entry block[BLOCK_KEYS]; /* those behind them */
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

/* What a killed run wrote behind its checkpoint goes. */
static enum rc
open_file(struct key_journal *k, struct err *e)
{
	if (k->fd != -1)
		return RC_OK;
	if (unlinkat(k->dirfd, NAME, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove " WHAT);
	k->fd = openat(k->dirfd, NAME,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return k->fd == -1 ? err_sys(e, RC_FATAL, "create " WHAT) : RC_OK;
}

static enum rc
flush(struct key_journal *k, struct err *e)
{
	const struct span keys = span_of(k->block, k->n * sizeof(*k->block));
	enum rc rc = k->n == 0 ? RC_OK : open_file(k, e);

	if (rc == RC_OK && k->n != 0)
		rc = io_write(k->fd, keys, WHAT, e);
	if (rc == RC_OK && k->n != 0)
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

static enum rc
put_block(struct key_journal *k, struct keyset *seen, size_t n, struct err *e)
{
	enum rc rc =
	    digest_add(k->digest, span_of(k->block, n * sizeof(*k->block)), e);

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		enum keyset_answer answer;
		rc = keyset_add(seen, &k->block[i], &answer, e);
	}
	return rc;
}

/* Back to the first `written` keys of the file. */
static enum rc
read_back(struct key_journal *k, struct keyset *seen, struct err *e)
{
	const uint64_t bytes = k->written * sizeof(*k->block);
	struct io_read in = { .name = WHAT, .p = (uint8_t *)k->block };
	enum rc rc = RC_OK;
	size_t got = 0;

	if (k->written == 0)
		return RC_OK;
	k->fd = openat(k->dirfd, NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (k->fd == -1)
		return err_sys(e, RC_FATAL, "open " WHAT);
	in.fd = k->fd;
	while (rc == RC_OK && in.off < bytes) {
		const uint64_t left = bytes - in.off;
		in.n =
		    left < sizeof(k->block) ? (size_t)left : sizeof(k->block);
		rc = io_pread(&in, &got, e);
		if (rc == RC_OK && got == in.n)
			rc = put_block(k, seen, got / sizeof(*k->block), e);
		else if (rc == RC_OK)
			break; /* io_go_back() says it */
		in.off += got;
	}
	return rc == RC_OK ? io_go_back(k->fd, bytes, WHAT, e) : rc;
}

/* The digest of the keys so far, which goes on. */
static enum rc
digest_now(const struct key_journal *k, char sha256[DIGEST_HEX], struct err *e)
{
	struct digest_state state;

	digest_save(k->digest, &state);
	const enum rc rc = digest_final_hex(k->digest, sha256, e);
	digest_restore(k->digest, &state);
	return rc;
}

/* What a checkpoint holds. */
struct key_journal_state {
	uint64_t keys;
	char sha256[DIGEST_HEX];
};

static const struct state_field fields[] = {
	STATE_FIELD("keys", STATE_U64, key_journal_state, keys),
	STATE_FIELD("keys_sha256", STATE_CHARS, key_journal_state, sha256),
	STATE_FIELDS_END,
};

enum rc
key_journal_write_state(
    struct key_journal *k, struct state_writer *w, struct err *e)
{
	struct key_journal_state state = { .keys = 0 };

	enum rc rc = flush(k, e);
	if (rc == RC_OK)
		rc = digest_now(k, state.sha256, e);
	if (rc == RC_OK && k->fd != -1 && fsync(k->fd) == -1)
		rc = err_sys(e, RC_FATAL, "sync " WHAT);
	state.keys = k->written;
	state_codec_write(w, fields, &state);
	return rc;
}

enum rc
key_journal_read_state(struct key_journal *k, struct keyset *seen,
    struct state_reader *r, struct err *e)
{
	struct key_journal_state state;
	char now[DIGEST_HEX];

	state_codec_read(r, fields, &state);
	if (state_codec_failed(r))
		return RC_OK;
	k->written = state.keys;
	enum rc rc = read_back(k, seen, e);
	if (rc == RC_OK)
		rc = digest_now(k, now, e);
	if (rc == RC_OK && strcmp(now, state.sha256) != 0)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    WHAT " is not what the checkpoint says: start anew with "
			 "--force");
	return rc;
}
