/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records are wanted: an event set, queries, globs of names, levels, ids
 * and a span of time, met as an intersection. The criteria are compiled
 * against a tree, so that what is a literal there is decided once, and run on
 * each record's values.
 *
 * A name that is a substitution (of channel, provider or computer) is looked up
 * when it is another one than in the record before; nothing is allocated for a
 * record.
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
	struct queries *queries; /* NULL: no such criterion; here and below */
	struct names channels;   /* globs; none: no such criterion */
	struct names providers;
	struct names computers;
	struct names_levels *levels;
	struct idlist *include;
	struct idlist *exclude;
	uint64_t from; /* FILETIME, included */
	uint64_t to;   /* FILETIME, not included; UINT64_MAX: open */
	bool timed;    /* from or to was given */
};

/* Why a record is not wanted; the order in which the criteria are asked. */
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
	SELECT_NO_TIME, /* a time was asked for and the record has none */
	SELECT_VERDICTS,
};

/* The names of the verdicts in manifests and summaries. */
extern const char *const select_reasons[SELECT_VERDICTS];

/* What a name says to the criteria. */
struct select_marks {
	uint64_t rules;                   /* of the event set */
	struct program_channels channels; /* of the queries */
	uint32_t include;                 /* providers of these lists */
	uint32_t exclude;
	bool taken; /* by the globs */
};

#define SELECT_NAME_KEPT 100U /* bytes of a name that is remembered */

enum select_name_kind {
	SELECT_NAME_CHANNEL,
	SELECT_NAME_PROVIDER,
	SELECT_NAME_COMPUTER,
	SELECT_NAMES,
};

/* A name of the head, and what it last said. */
struct select_name {
	enum select_name_kind kind;
	bool asked;    /* a criterion needs it */
	bool constant; /* the tree tells it */
	bool kept;     /* bytes are those that marks are of */
	uint8_t type;
	uint8_t n;
	uint8_t bytes[SELECT_NAME_KEPT];
	struct select_marks marks;
};

/* What a worker needs to compile and to run. */
struct select_worker;

enum rc select_worker_create(
    struct select_worker **wp, const struct select *s, struct err *e);
void select_worker_destroy(struct select_worker *w);

/* The records that come next lie in a log that these channels of the queries
 * name, whatever their own channel is. None at first. */
void select_worker_log(
    struct select_worker *w, const struct program_channels *log);

/* The program for records with one id, in one channel. */
struct select_narrow {
	struct select_narrow *next;
	uint64_t id;
	struct program_channels channels;
	struct program program;
	struct program_op ops[];
};

struct select_test {
	struct system_fields head;
	struct select_name names[SELECT_NAMES];
	struct program program;       /* of the queries */
	struct program_op *ops;       /* its own */
	struct select_narrow *narrow; /* what was used last comes first */
	unsigned n_narrow;
	size_t grown; /* bytes that came since the caller looked */
	bool system_only;
	bool by_tree; /* there is no program: the queries ask each tree */
	bool open;    /* the program asks for the channel, though the tree tells
		       * it: a source has added channels to it */
};

void select_init(struct select *s);
void select_free(struct select *s);

/* `again`: more records of this tree will come. A test that was made is freed
 * by select_test_free(). RC_FATAL without memory. */
enum rc select_compile(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool again, struct err *e);
/* The same of an outline, which has the head and perhaps more. */
enum rc select_compile_head(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool again, struct err *e);
void select_test_free(struct select_test *test);

/* Whether an outline may be enough to see that a record is not wanted. */
bool select_asks_head(const struct select *s);

/* Bytes that a test has beside itself. */
size_t select_test_bytes(const struct select_test *test);

/* The tree is the one of the test, with the record's values. */
enum select_verdict select_run(
    struct select_test *test, struct select_worker *w, const struct tree *t);

/* What an outline says; SELECT_KEEP is not the last word. */
enum select_verdict select_run_head(
    struct select_test *test, struct select_worker *w, const struct tree *t);

#endif
