/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event sets: which event ids of which channels are selected. The built-in sets
 * are any (every record) and those of the Sentinel connector, all, common,
 * minimal and none; a file defines others:
 *
 *   {"name":"case42","select":[
 *     {"channel":"Security","ids":[4624,"4700-4702"]},
 *     {"channel":"Microsoft-Windows-AppLocker/...*","ids":"*"}]}
 *
 * Channels are glob patterns, ignoring case. The connector's sets are defined
 * by learn.microsoft.com, "Windows security event sets": ids of Security and of
 * every AppLocker channel. The connector's agent collects fewer channels, see
 * eventset_load_strict(). The channel of a record is its own System/Channel.
 */
#ifndef SELECT_EVENTSET_H
#define SELECT_EVENTSET_H

#include "select/ids.h"
#include "util/digest.h"

#define EVENTSET_RULES_MAX 64U
#define EVENTSET_NAME_MAX 128U
#define EVENTSET_FILE_MAX ((size_t)1 << 20)

struct eventset_rule {
	char channel[256]; /* glob pattern of channels */
	bool every;        /* the rule selects all event ids */
	struct ids ids;
};

struct eventset {
	char name[EVENTSET_NAME_MAX];
	/* SHA-256 of the file, or of the rules of a built-in set. */
	char sha256[DIGEST_HEX];
	bool any; /* the set selects every record of every channel */
	struct eventset_rule *rules;
	size_t n;
};

/* The name of a built-in set in lower case, as in the manifest; `name` may be
 * in any case. NULL if no built-in set has this name. */
const char *eventset_builtin(const char *name);

/* Load a built-in set, or else the file of that name. RC_FATAL with WHY_USAGE
 * says what is wrong with the file. */
enum rc eventset_load(
    struct eventset *set, const char *name_or_file, struct err *e);

/* True for the built-in sets that the connector's agent collects from fewer
 * channels than documented: of the AppLocker channels only "EXE and DLL" and
 * "MSI and Script". */
bool eventset_has_strict(const char *name);
/* Load a built-in set as the connector's agent collects it; WHY_USAGE if
 * eventset_has_strict() is false. */
enum rc eventset_load_strict(
    struct eventset *set, const char *name, struct err *e);

void eventset_free(struct eventset *set);

/* The rules whose pattern matches the channel: bit i for rule i. */
uint64_t eventset_rules_of(const struct eventset *set, struct span channel);

/* True if one of `rules`, bits of eventset_rules_of(), has the id. */
bool eventset_has(const struct eventset *set, uint64_t rules, uint64_t id);

#endif
