/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which records are selected. All criteria must be met: an event set,
 * queries, patterns of names, levels, event ids and a time window. They are
 * compiled for a tree, so that its literals are tested once, and run on the
 * values of each record.
 *
 * A channel, provider or computer that is a substitution is evaluated again
 * only if it differs from the one of the record before. Nothing is allocated
 * for a record.
 */
#ifndef SELECT_SELECT_H
#define SELECT_SELECT_H

#include "event/system_fields.h"
#include "select/eventset.h"
#include "select/idlist.h"
#include "select/names.h"
#include "select/queries.h"

struct select {
	struct eventset set;
	struct queries *queries; /* NULL here and below: no such criterion */
	struct names channels;   /* patterns; none: no such criterion */
	struct names providers;
	struct names computers;
	struct names_levels *levels;
	struct idlist *include;
	struct idlist *exclude;
	uint64_t from; /* FILETIME, included */
	uint64_t to;   /* FILETIME, not included; UINT64_MAX: open */
	bool timed;    /* from or to was given */
};

/* Why a record is not selected, in the order in which criteria are tested. */
enum select_verdict {
	SELECT_KEEP,
	SELECT_EVENT_SET,
	SELECT_CHANNEL,
	SELECT_PROVIDER,
	SELECT_COMPUTER,
	SELECT_LEVEL,
	SELECT_INCLUDE,
	SELECT_EXCLUDE,
	SELECT_QUERY,
	SELECT_TIME,
	SELECT_NO_TIME, /* there is a time window and the record has no time */
	SELECT_VERDICTS,
};

/* The names of the verdicts in manifests and summaries. */
extern const char *const select_reasons[SELECT_VERDICTS];

/* What the criteria make of a name. */
struct select_marks {
	uint64_t rules; /* rules of the event set for this channel */
	struct program_channels channels; /* of the queries, that match */
	uint32_t include; /* providers of the include list that match, */
	uint32_t exclude; /* and of the exclude list */
	bool matches;     /* the patterns for this kind of name */
};

#define SELECT_NAME_KEPT 100U /* longest name that is cached, in bytes */

enum select_name_kind {
	SELECT_NAME_CHANNEL,
	SELECT_NAME_PROVIDER,
	SELECT_NAME_COMPUTER,
	SELECT_NAMES,
};

/* One of the names in a record's System, with the marks of its last value. */
struct select_name {
	enum select_name_kind kind;
	bool needed;   /* a criterion depends on it */
	bool constant; /* a literal of the tree, or absent */
	bool cached;   /* `marks` are those of the value in `bytes` */
	uint8_t type;
	uint8_t n;
	uint8_t bytes[SELECT_NAME_KEPT];
	struct select_marks marks;
};

/* Working memory of one thread. */
struct select_worker;

enum rc select_worker_create(
    struct select_worker **wp, const struct select *s, struct err *e);
void select_worker_destroy(struct select_worker *w);

/* Set the queries' channels that match the log the next records lie in; they
 * apply in addition to those of each record's own channel. At first none. */
void select_worker_log(
    struct select_worker *w, const struct program_channels *log);

/* The program specialized for records with one event id and these channels. */
struct select_special {
	struct select_special *next;
	uint64_t id;
	struct program_channels channels;
	struct program program;
	struct program_op ops[];
};

struct select_test {
	struct system_fields head;
	struct select_name names[SELECT_NAMES];
	struct program program;         /* of the queries */
	struct program_op *ops;         /* owned; the program's */
	struct select_special *special; /* most recently used first */
	unsigned n_special;
	size_t grown;     /* bytes allocated since the caller set it to 0 */
	bool system_only; /* for System-only trees */
	bool by_tree;     /* no program: queries are answered for each tree */
	bool open; /* the program tests the channel, even if it is a literal:
		    * the log has added channels */
};

void select_init(struct select *s);
void select_free(struct select *s);

/* Compile the criteria for a tree. `recurs`: the test will be used for many
 * records, so that compiling the queries pays. A test that was compiled is
 * freed with select_test_free(). RC_FATAL without memory. */
enum rc select_compile(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool recurs, struct err *e);
/* The same for a System-only tree: the whole System, other parts perhaps. */
enum rc select_compile_head(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool recurs, struct err *e);
void select_test_free(struct select_test *test);

/* True if a System-only tree may be enough to reject a record. */
bool select_asks_head(const struct select *s);

/* Bytes that a test has allocated, without the specialized programs. */
size_t select_test_bytes(const struct select_test *test);

/* Decide a record. `t` is the tree of the test, with the record's values. If
 * that is a System-only tree, SELECT_KEEP is preliminary: decide again with the
 * whole tree. */
enum select_verdict select_run(
    struct select_test *test, struct select_worker *w, const struct tree *t);

#endif
