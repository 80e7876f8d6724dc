/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/archive_library.h"
#include "input/unpack_names.h"
#include "tools/stage_inputs.h"
#include "tools/stage_table.h"
#include "util/io.h"
#include "util/num.h"

#define LIST_BYTES_MAX ((size_t)64 << 20)

enum rc
stage_inputs_size(
    const struct options *given, unsigned id, uint64_t *value, struct err *e)
{
	static const char units[] = "KMGT";
	const char *const text = options_value(given, id);
	struct span s = span_str(text);
	unsigned shift = 0;
	uint64_t n = 0;

	const char *const unit = s.n == 0 ? NULL : strchr(units, text[s.n - 1]);
	if (unit != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		s.n--;
	}
	if (!num_parse_u64(s, &n) || n == 0 || n > UINT64_MAX >> shift)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--%s must be a number like 500, 64M or 2G: %s (evtxstage "
		    "--help)",
		    options_name(given, id), text);
	*value = n << shift;
	return RC_OK;
}

static enum rc
read_limits(struct stage_inputs *in, const struct options *given, struct err *e)
{
	struct unpack_limits *const l = &in->unpack.limits;
	const struct {
		enum option_id id;
		uint64_t *to;
	} limits[] = {
		{ OPT_MAX_RATIO, &l->ratio },
		{ OPT_MAX_MEMBER, &l->member },
		{ OPT_MAX_UNPACKED, &l->total },
		{ OPT_MAX_ARCHIVE_MEMBERS, &l->members },
		{ OPT_MAX_SPOOL, &in->spool_bytes },
		{ OPT_CHECKPOINT, &in->checkpoint_bytes },
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(limits) / sizeof(*limits);
	     i++)
		rc = stage_inputs_size(given, limits[i].id, limits[i].to, e);
	return rc == RC_OK ? options_number(given, OPT_NESTING, &in->nesting, e)
			   : rc;
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
		    "%s does not contain a password of 1 to 1023 bytes", name);
	in->password[n] = '\0';
	in->unpack.password = in->password;
	return RC_OK;
}

static enum rc
read_password_file(struct stage_inputs *in, const char *path, struct err *e)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	enum rc rc;

	if (fd == -1) {
		(void)err_sys(e, RC_FATAL, "open %s", path);
		e->why = WHY_USAGE;
		return RC_FATAL;
	}
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, RC_FATAL, "stat %s", path);
	else if ((st.st_mode & 077) != 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is readable by others and therefore rejected: run "
		    "chmod 600 on it",
		    path);
	else
		rc = read_password(in, fd, path, e);
	(void)close(fd);
	return rc;
}

static enum rc
read_secret(struct stage_inputs *in, const struct options *given, struct err *e)
{
	const char *const file = given->value[OPT_ARCHIVE_PASSWORD_FILE];
	const char *const text = given->value[OPT_ARCHIVE_PASSWORD_FD];
	uint64_t fd;

	if (file != NULL)
		return read_password_file(in, file, e);
	if (text == NULL)
		return RC_OK;
	if (!num_parse_u64(span_str(text), &fd) || fd > 1023)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--archive-password-fd must be the number of a file "
		    "descriptor: %s",
		    text);
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

/* Add a line as it is or, if no such file exists, without the blanks around it.
 */
static enum rc
add_line(struct stage_inputs *in, struct span line, bool *exists, struct err *e)
{
	const struct span forms[] = { line, span_trim(line) };
	enum rc rc = RC_OK;

	*exists = false;
	for (int i = 0; !*exists && i < 2; i++) {
		if (i == 1 && forms[1].n == line.n)
			break;
		if (i == 1)
			free(in->operands[--in->n_operands]);
		rc = add_operand(in, forms[i], e);
		if (rc != RC_OK)
			break;
		const char *const path = in->operands[in->n_operands - 1];
		*exists = strcmp(path, "-") == 0 || access(path, F_OK) == 0;
	}
	return rc;
}

/* Add the operands of a list, one per line. Lists from Windows may have a byte
 * order mark and CRLF. */
static enum rc
add_lines(
    struct stage_inputs *in, const char *list, struct span text, struct err *e)
{
	enum rc rc = RC_OK;
	bool exists;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = span_of(text.p + 3, text.n - 3);
	if (text.n >= 2 && (memcmp(text.p, "\xff\xfe", 2) == 0 ||
			       memcmp(text.p, "\xfe\xff", 2) == 0))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is UTF-16: save the list as UTF-8", list);
	for (unsigned n = 1; rc == RC_OK && text.p != NULL; n++) {
		struct span line = span_next(&text, '\n');
		if (line.n != 0 && line.p[line.n - 1] == '\r')
			line.n--;
		const struct span bare = span_trim(line);
		if (bare.n == 0 || bare.p[0] == '#')
			continue;
		rc = add_line(in, line, &exists, e);
		if (rc != RC_OK || exists)
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
stage_inputs_read(struct stage_inputs *in, const struct options *given,
    char *const *operands, size_t n, struct err *e)
{
	enum rc rc = read_limits(in, given, e);

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = operands[i][0] == '@'
			 ? add_list(in, operands[i] + 1, e)
			 : add_operand(in, span_str(operands[i]), e);
	if (rc == RC_OK && in->n_operands == 0)
		rc = err_set(
		    e, RC_FATAL, WHY_USAGE, "no input: the list is empty");
	return rc == RC_OK ? read_secret(in, given, e) : rc;
}

enum rc
stage_inputs_read_archives(struct stage_inputs *in, struct err *e)
{
	const enum rc rc = unpack_names_prepare(&in->unpack, e);

	if (rc != RC_OK || archive_library_open(&in->library, e) != RC_OK)
		return e->rc;
	in->unpack.library = in->library;
	return RC_OK;
}

void
stage_inputs_free(struct stage_inputs *in)
{
	for (size_t i = 0; i < in->n_operands; i++)
		free(in->operands[i]);
	free(in->operands);
	unpack_names_forget(&in->unpack);
	archive_library_close(in->library);
	explicit_bzero(in->password, sizeof(in->password));
}
