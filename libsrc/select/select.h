/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which records are selected. All criteria must be met: an event set,
 * queries, patterns of names, levels, event ids and a time window. They are
 * compiled for a tree, so that its literals are tested once, and run on the
 * values of each record.
 *
 * The criteria for a channel, provider or computer are evaluated again only if
 * the value differs from that of the previous record with the same tree. Memory
 * is not allocated for each record.
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
	/* In `queries` to `exclude`, NULL or an empty list: there is no such
	 * criterion. */
	struct queries *queries;
	/* Glob patterns of channels; likewise for the other names. */
	struct names channels;
	struct names providers;
	struct names computers;
	struct names_levels *levels;
	struct idlist *include;
	struct idlist *exclude;
	uint64_t from; /* start of the time window, included; FILETIME */
	/* End of the time window, not included; UINT64_MAX: none. */
	uint64_t to;
	bool timed; /* the option for `from` or for `to` was given */
};

/* SELECT_KEEP, or why a record is not selected, in the order in which the
 * criteria are tested. */
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

/* The results of the criteria that depend on a name, which is a channel,
 * provider or computer. */
struct select_marks {
	/* Bit i is set if rule i of the event set matches the channel. */
	uint64_t rules;
	/* Channel patterns of the queries that match the channel. */
	struct program_channels channels;
	/* Bit i is set if item i of the include list matches the provider. */
	uint32_t include;
	/* Bit i is set if item i of the exclude list matches the provider. */
	uint32_t exclude;
	bool matches; /* the patterns for this kind of name match */
};

/* Maximum length in bytes of a name whose results are cached. */
#define SELECT_NAME_KEPT 100U

enum select_name_kind {
	SELECT_NAME_CHANNEL,
	SELECT_NAME_PROVIDER,
	SELECT_NAME_COMPUTER,
	SELECT_NAMES,
};

/* One of the names in a record's System, with the results of its last value. */
struct select_name {
	enum select_name_kind kind;
	bool needed;   /* a criterion depends on this name */
	bool constant; /* the name is a literal of the tree, or absent */
	bool cached;   /* `marks` are the results for the value in `bytes` */
	uint8_t type;  /* type of the value; `n` is its size */
	uint8_t n;
	uint8_t bytes[SELECT_NAME_KEPT];
	struct select_marks marks;
};

/* Working memory of one thread. */
struct select_worker;

enum rc select_worker_create(
    struct select_worker **wp, const struct select *s, struct err *e);
void select_worker_destroy(struct select_worker *w);

/* Set the channel patterns that match the log which contains the next records.
 * They apply in addition to those that match a record's own channel. Without a
 * call there are none. */
void select_worker_log(
    struct select_worker *w, const struct program_channels *log);

/* The program, specialized for records with this event id and these channels.
 */
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
	struct program program; /* the compiled queries */
	struct program_op *ops; /* operations of the program; owned */
	/* Specialized programs, the most recently used first. */
	struct select_special *special;
	unsigned n_special;
	size_t grown;     /* bytes allocated since the caller set it to 0 */
	bool system_only; /* the tree is System-only */
	bool by_tree; /* there is no program: queries are evaluated directly */
	/* The program tests the channel of each record, even if it is a literal
	 * of the tree, because the log adds channels. */
	bool open;
};

void select_init(struct select *s);
void select_free(struct select *s);

/* Compile the criteria for a tree. `recurs`: the test will be used for many
 * records, so it is worth compiling the queries. Free the test with
 * select_test_free(). RC_FATAL if memory is exhausted. */
enum rc select_compile(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool recurs, struct err *e);
/* Like select_compile(), for a System-only tree: it has the whole System, and
 * may lack other parts. */
enum rc select_compile_head(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool recurs, struct err *e);
void select_test_free(struct select_test *test);

/* True if a System-only tree may be enough to reject a record. */
bool select_asks_head(const struct select *s);

/* The number of bytes that a test has allocated, without the specialized
 * programs. */
size_t select_test_bytes(const struct select_test *test);

/* Decide about a record. `t` is the tree of the test, with the record's values.
 * For a System-only tree, SELECT_KEEP is preliminary: decide again with the
 * whole tree. */
enum select_verdict select_run(
    struct select_test *test, struct select_worker *w, const struct tree *t);

#endif
