/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event sets: which ids of which channels are wanted, as in the connector's
 * All, Common, Minimal and None, or in a file of the user's:
 *
 *   {"name":"case42","select":[
 *     {"channel":"Security","ids":[4624,"4700-4702"]},
 *     {"channel":"Microsoft-Windows-AppLocker/...*","ids":"*"}]}
 *
 * Channels are globs without regard to case. The built-in sets (learn.
 * microsoft.com, "Windows security event sets") speak of Security and of every
 * AppLocker channel; what the connector's agent asks is narrower, see
 * eventset_load_strict(). A record's channel is its own System/Channel.
 */
#ifndef SELECT_EVENTSET_H
#define SELECT_EVENTSET_H

#include "select/ids.h"
#include "util/digest.h"

#define EVENTSET_RULES_MAX 64U
#define EVENTSET_NAME_MAX 128U
#define EVENTSET_FILE_MAX ((size_t)1 << 20)

struct eventset_rule {
	char channel[256]; /* glob */
	bool every;        /* all ids */
	struct ids ids;
};

struct eventset {
	char name[EVENTSET_NAME_MAX];
	char sha256[DIGEST_HEX]; /* of the file, or of the built-in's text */
	bool any;                /* no filter: every channel */
	struct eventset_rule *rules;
	size_t n;
};

/* The name of a built-in set, written in any case, as the manifest writes it.
 * NULL if no built-in set is called so. */
const char *eventset_builtin(const char *name);

/* Load a set: a built-in name wins, anything else is a file. RC_FATAL with
 * WHY_USAGE says what is wrong with it. */
enum rc eventset_load(
    struct eventset *set, const char *name_or_file, struct err *e);

/* Whether a built-in set is one that the connector's agent asks for in words of
 * its own, and that set as the agent asks: of AppLocker only the channels EXE
 * and DLL and MSI and Script. WHY_USAGE for other names. */
bool eventset_has_strict(const char *name);
enum rc eventset_load_strict(
    struct eventset *set, const char *name, struct err *e);

void eventset_free(struct eventset *set);

/* A bit for each rule whose channel matches. */
uint64_t eventset_rules_of(const struct eventset *set, struct span channel);

/* Whether one of those rules has the id. */
bool eventset_has(const struct eventset *set, uint64_t rules, uint64_t id);

#endif
