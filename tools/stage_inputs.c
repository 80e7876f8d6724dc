/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/nested.h"
#include "tools/stage_inputs.h"
#include "util/io.h"
#include "util/num.h"

#define LIST_BYTES_MAX ((size_t)64 << 20)

bool
stage_inputs_size(const char *text, uint64_t *value)
{
	static const char units[] = "KMGT";
	struct span s = span_str(text);
	unsigned shift = 0;
	uint64_t n;

	const char *const unit = s.n == 0 ? NULL : strchr(units, text[s.n - 1]);
	if (unit != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		s.n--;
	}
	if (!num_parse_u64(s, &n) || n == 0 || n > UINT64_MAX >> shift)
		return false;
	*value = n << shift;
	return true;
}

static enum rc
read_limits(struct stage_inputs *in, struct err *e)
{
	struct unpack_limits *const l = &in->unpack.limits;
	const struct {
		const char *option;
		const char *text;
		uint64_t *to;
		uint64_t otherwise;
	} limits[] = {
		{ "max-ratio", in->ratio, &l->ratio, 1000 },
		{ "max-member", in->member, &l->member, UINT64_C(64) << 30 },
		{ "max-unpacked", in->total, &l->total, UINT64_C(1) << 40 },
		{ "max-archive-members", in->members, &l->members, 1000000 },
		{ "max-spool", in->spool, &in->spool_bytes,
		    UINT64_C(64) << 30 },
		{ "checkpoint", in->checkpoint, &in->checkpoint_bytes,
		    UINT64_C(1) << 30 },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		*limits[i].to = limits[i].otherwise;
		if (limits[i].text != NULL &&
		    !stage_inputs_size(limits[i].text, limits[i].to))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "--%s is a number, as 500 or 2G, not %s "
			    "(evtxstage --help)",
			    limits[i].option, limits[i].text);
	}
	return RC_OK;
}

static enum rc
read_nesting(struct stage_inputs *in, struct err *e)
{
	uint64_t n = 1;

	if (in->levels != NULL &&
	    (!num_parse_u64(span_str(in->levels), &n) || n > NESTED_MAX))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--nesting is a number from 0 to %u, not %s "
		    "(evtxstage --help)",
		    NESTED_MAX, in->levels);
	in->nesting = (unsigned)n;
	return RC_OK;
}

static enum rc
read_password(struct stage_inputs *in, int fd, const char *name, struct err *e)
{
	const size_t room = sizeof(in->password);
	size_t n = 0;
	ssize_t got;

	while (n < room && (got = read(fd, in->password + n, room - n)) > 0)
		n += (size_t)got;
	const bool whole = n < room && read(fd, in->password + n, 1) == 0;
	while (n > 0 &&
	       (in->password[n - 1] == '\n' || in->password[n - 1] == '\r'))
		n--;
	if (!whole || n == 0 || memchr(in->password, 0, n) != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s holds no password of a sensible length", name);
	in->password[n] = '\0';
	in->unpack.password = in->password;
	return RC_OK;
}

static enum rc
read_password_file(struct stage_inputs *in, struct err *e)
{
	const char *const path = in->password_file;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	enum rc rc;

	if (fd == -1) {
		(void)err_sys(e, RC_FATAL, "open %s", path);
		e->why = WHY_USAGE;
		return RC_FATAL;
	}
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, RC_FATAL, "look at %s", path);
	else if ((st.st_mode & 077) != 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%s can be read by others, so it is refused: chmod 600 it",
		    path);
	else
		rc = read_password(in, fd, path, e);
	(void)close(fd);
	return rc;
}

static enum rc
read_secret(struct stage_inputs *in, struct err *e)
{
	uint64_t fd;

	if (in->password_file != NULL)
		return read_password_file(in, e);
	if (in->password_fd == NULL)
		return RC_OK;
	if (!num_parse_u64(span_str(in->password_fd), &fd) || fd > 1023)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--archive-password-fd is the number of a descriptor, not "
		    "%s",
		    in->password_fd);
	return read_password(in, (int)fd, "--archive-password-fd", e);
}

static enum rc
add_operand(struct stage_inputs *in, struct span text, struct err *e)
{
	char **const more =
	    realloc(in->operands, (in->n_operands + 2) * sizeof(*in->operands));

	if (more == NULL)
		return err_nomem(e);
	in->operands = more;
	more[in->n_operands] = strndup((const char *)text.p, text.n);
	if (more[in->n_operands] == NULL)
		return err_nomem(e);
	more[++in->n_operands] = NULL;
	return RC_OK;
}

static bool
is_there(const char *path)
{
	return strcmp(path, "-") == 0 || access(path, F_OK) == 0;
}

/* A line as it stands, or without the blanks around it if that is there. */
static enum rc
add_line(struct stage_inputs *in, struct span line, bool *there, struct err *e)
{
	const struct span bare = span_trim(line);
	enum rc rc = add_operand(in, line, e);

	*there = rc == RC_OK && is_there(in->operands[in->n_operands - 1]);
	if (rc != RC_OK || *there || bare.n == line.n)
		return rc;
	free(in->operands[--in->n_operands]);
	in->operands[in->n_operands] = NULL;
	rc = add_operand(in, bare, e);
	*there = rc == RC_OK && is_there(in->operands[in->n_operands - 1]);
	return rc;
}

/* Lists are made on Windows, too. */
static enum rc
next_line(struct span *text, struct span *line)
{
	if (text->p == NULL)
		return RC_END;
	*line = span_next(text, '\n');
	if (line->n != 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return RC_OK;
}

static enum rc
skip_mark(const char *list, struct span *text, struct err *e)
{
	if (text->n >= 3 && memcmp(text->p, "\xef\xbb\xbf", 3) == 0)
		*text = span_of(text->p + 3, text->n - 3);
	if (text->n >= 2 && (memcmp(text->p, "\xff\xfe", 2) == 0 ||
				memcmp(text->p, "\xfe\xff", 2) == 0))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is UTF-16: save the list as UTF-8", list);
	return RC_OK;
}

/* One operand a line; an entry that does not exist is named by its line. */
static enum rc
add_lines(
    struct stage_inputs *in, const char *list, struct span text, struct err *e)
{
	enum rc rc = skip_mark(list, &text, e);
	struct span line;
	bool there;

	for (unsigned n = 1; rc == RC_OK && next_line(&text, &line) == RC_OK;
	     n++) {
		const struct span bare = span_trim(line);
		if (bare.n == 0 || bare.p[0] == '#')
			continue;
		rc = add_line(in, line, &there, e);
		if (rc != RC_OK || there)
			continue;
		rc = err_sys(e, RC_FATAL, "%s, line %u: %s", list, n,
		    in->operands[in->n_operands - 1]);
		e->why = WHY_USAGE;
	}
	return rc;
}

static enum rc
add_list(struct stage_inputs *in, const char *list, struct err *e)
{
	struct buf b;

	buf_init(&b, LIST_BYTES_MAX);
	enum rc rc = io_slurp(AT_FDCWD, list, &b, e);
	if (rc == RC_OK)
		rc = add_lines(in, list, buf_span(&b), e);
	else if (e->why == WHY_SYSTEM)
		e->why = WHY_USAGE;
	buf_reset(&b);
	return rc;
}

enum rc
stage_inputs_read(
    struct stage_inputs *in, char *const *operands, size_t n, struct err *e)
{
	enum rc rc = unpack_prepare(&in->unpack, e);

	if (rc == RC_OK)
		rc = read_limits(in, e);
	if (rc == RC_OK)
		rc = read_nesting(in, e);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = operands[i][0] == '@'
			 ? add_list(in, operands[i] + 1, e)
			 : add_operand(in, span_str(operands[i]), e);
	if (rc == RC_OK && in->n_operands == 0)
		rc = err_set(
		    e, RC_FATAL, WHY_USAGE, "no input: the list names none");
	return rc == RC_OK ? read_secret(in, e) : rc;
}

void
stage_inputs_free(struct stage_inputs *in)
{
	for (size_t i = 0; i < in->n_operands; i++)
		free(in->operands[i]);
	free(in->operands);
	free(in->names.names.texts);
	unpack_forget(&in->unpack);
	explicit_bzero(in->password, sizeof(in->password));
}
