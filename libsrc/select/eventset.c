/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "select/eventset.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/json.h"
#include "util/nearest.h"

#define MINIMAL_FROM_1102 \
	"1102,4624,4625,4657,4663,4688,4700,4702,4719,4720,4722-4724," \
	"4727,4728,4732,4735,4737,4739,4740,4754-4756,4767,4799,4825," \
	"4946,4948,4956,5024,5033,"
#define MINIMAL_IDS MINIMAL_FROM_1102 "8001-8007,8222"
#define COMMON_IDS \
	"1,299,300,324,340,403,404,410-413,431,500,501,1100,1102,1107," \
	"1108,4608,4610,4611,4614,4622,4624,4625,4634,4647-4649,4657," \
	"4661-4663,4665-4667,4670,4672-4675,4688,4689,4697,4700,4702," \
	"4704,4705,4716-4720,4722-4729,4732,4733,4735,4737-4740,4742," \
	"4744-4746,4750-4752,4754-4757,4760-4762,4764,4767,4768,4771," \
	"4774,4778,4779,4781,4793,4797-4803,4825,4826,4870,4886-4888," \
	"4893,4898,4902,4904,4905,4907,4931-4933,4946,4948,4956,4985," \
	"5024,5033,5059,5136,5137,5140,5145,5632,6144,6145,6272,6273," \
	"6278,6416,6423,6424,8001-8007,8222,26401,30004"

#define SECURITY "Security"
#define APPLOCKER "Microsoft-Windows-AppLocker/"
#define ASKED_MAX 3U

/* A rule of a built-in set. */
struct asked {
	/* Glob pattern of channels; NULL after the last rule. */
	const char *channel;
	const char *ids; /* list of event ids; "*": all ids */
};

/* The published lists name every AppLocker channel. The agent subscribes to two
 * of them, each with the ids that occur in it. */
static const struct {
	const char *name;
	bool any;
	struct asked published[ASKED_MAX];
	/* Rules that the agent requests; empty: the published rules. */
	struct asked agent[ASKED_MAX];
} builtin[] = {
	{ "all", false, { { SECURITY, "*" }, { APPLOCKER "*", "*" } },
	    { { SECURITY, "*" }, { APPLOCKER "EXE and DLL", "*" },
		{ APPLOCKER "MSI and Script", "*" } } },
	{ "common", false,
	    { { SECURITY, COMMON_IDS }, { APPLOCKER "*", COMMON_IDS } },
	    { { SECURITY, COMMON_IDS },
		{ APPLOCKER "EXE and DLL", "8001-8004" },
		{ APPLOCKER "MSI and Script", "8005-8007" } } },
	{ "minimal", false,
	    { { SECURITY, MINIMAL_IDS }, { APPLOCKER "*", MINIMAL_IDS } },
	    { { SECURITY, MINIMAL_FROM_1102 "8222" },
		{ APPLOCKER "EXE and DLL", "8001-8004" },
		{ APPLOCKER "MSI and Script", "8005-8007" } } },
	{ .name = "none" },
	{ .name = "any", .any = true },
};

#define BUILTIN (sizeof(builtin) / sizeof(*builtin))

static enum rc
refuse(struct err *e, const char *file, const char *why)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "event set %s: %s", file, why);
}

static enum rc
hash_text(struct eventset *set, struct span text, struct err *e)
{
	uint8_t bytes[DIGEST_BYTES];

	const enum rc rc = digest_once(text, bytes, e);
	if (rc == RC_OK)
		digest_hex(bytes, sizeof(bytes), set->sha256);
	return rc;
}

static enum rc
alloc_rules(struct eventset *set, size_t n, struct err *e)
{
	set->rules = calloc(n == 0 ? 1 : n, sizeof(*set->rules));
	set->n = set->rules == NULL ? 0 : n;
	return set->rules == NULL ? err_nomem(e) : RC_OK;
}

static enum rc
add_ids(struct eventset_rule *r, const char *ids, struct err *e)
{
	assert(ids != NULL);
	if (strcmp(ids, "*") != 0)
		return ids_parse(&r->ids, span_str(ids), e);
	r->every = true;
	return RC_OK;
}

/* Load a built-in set. Its digest covers its name, channels and ids, so the
 * manifests of two program versions show whether the set was changed. */
static enum rc
load_builtin(struct eventset *set, size_t which, bool strict, struct err *e)
{
	const char *const name = builtin[which].name;
	const struct asked *const asked =
	    strict ? builtin[which].agent : builtin[which].published;
	struct buf text;
	size_t n = 0;

	set->any = builtin[which].any;
	memcpy(set->name, name, strlen(name) + 1);
	while (n < ASKED_MAX && asked[n].channel != NULL)
		n++;
	enum rc rc = alloc_rules(set, n, e);
	buf_init(&text, EVENTSET_FILE_MAX);
	buf_fmt(&text, "%s\n", name);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct eventset_rule *const r = &set->rules[i];
		buf_fmt(&text, "%s %s\n", asked[i].channel, asked[i].ids);
		memcpy(
		    r->channel, asked[i].channel, strlen(asked[i].channel) + 1);
		rc = add_ids(r, asked[i].ids, e);
	}
	if (rc == RC_OK && text.full)
		rc = buf_fail(&text, "the event set", e);
	if (rc == RC_OK)
		rc = hash_text(set, buf_span(&text), e);
	buf_reset(&text);
	return rc;
}

static enum rc
read_id(
    struct eventset_rule *r, const cJSON *id, const char *file, struct err *e)
{
	const double n = cJSON_GetNumberValue(id);
	const char *const text = cJSON_GetStringValue(id);

	if (text != NULL && add_ids(r, text, e) == RC_OK)
		return RC_OK;
	if (!cJSON_IsNumber(id) || n < 0 || n > IDS_MAX ||
	    (double)(uint64_t)n != n)
		return refuse(e, file,
		    "\"ids\" must be numbers from 0 to 65535, ranges \"a-b\" "
		    "or \"*\"");
	ids_add(&r->ids, (uint64_t)n, (uint64_t)n);
	return RC_OK;
}

static enum rc
read_rule(
    struct eventset_rule *r, const cJSON *item, const char *file, struct err *e)
{
	const char *const channel = json_text(item, "channel");
	const cJSON *const ids = json_get(item, "ids");

	if (channel == NULL || channel[0] == '\0' ||
	    strlen(channel) >= sizeof(r->channel))
		return refuse(e, file,
		    "each item of \"select\" needs a \"channel\" of 1 to 255 "
		    "bytes");
	if (ids == NULL)
		return refuse(e, file, "each item of \"select\" needs \"ids\"");
	memcpy(r->channel, channel, strlen(channel) + 1);
	if (!cJSON_IsArray(ids))
		return read_id(r, ids, file, e);
	enum rc rc = RC_OK;
	const cJSON *id;
	cJSON_ArrayForEach(id, ids)
	{
		if (rc == RC_OK)
			rc = read_id(r, id, file, e);
	}
	return rc;
}

/* Refuse members that are not in `known`, a list of names with a space after
 * each: with a misspelt member the set would select other records than the user
 * intended. */
static enum rc
check_members(
    const cJSON *object, const char *known, const char *file, struct err *e)
{
	const cJSON *m;

	if (!cJSON_IsObject(object))
		return refuse(e, file,
		    "the file and each item of \"select\" must be JSON "
		    "objects");
	cJSON_ArrayForEach(m, object)
	{
		const char *const at = strstr(known, m->string);
		const size_t n = strlen(m->string);
		if (n == 0 || strchr(m->string, ' ') != NULL || at == NULL ||
		    at[n] != ' ' || (at != known && at[-1] != ' '))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "event set %s: unknown member \"%s\"", file,
			    m->string);
	}
	return RC_OK;
}

static enum rc
read_set(
    struct eventset *set, const cJSON *root, const char *file, struct err *e)
{
	const char *const name = json_text(root, "name");
	const cJSON *const select = json_get(root, "select");

	enum rc rc = check_members(root, "name select ", file, e);
	if (rc != RC_OK)
		return rc;
	if (name == NULL || name[0] == '\0' ||
	    strlen(name) >= sizeof(set->name))
		return refuse(
		    e, file, "the set needs a \"name\" of 1 to 127 bytes");
	memcpy(set->name, name, strlen(name) + 1);
	const int n = cJSON_GetArraySize(select);
	if (!cJSON_IsArray(select) || n > (int)EVENTSET_RULES_MAX)
		return refuse(
		    e, file, "\"select\" must be a list of at most 64 items");
	rc = alloc_rules(set, (size_t)n, e);
	for (int i = 0; rc == RC_OK && i < n; i++) {
		const cJSON *const item = cJSON_GetArrayItem(select, i);
		rc = check_members(item, "channel ids ", file, e);
		if (rc == RC_OK)
			rc = read_rule(&set->rules[i], item, file, e);
	}
	return rc;
}

/* The index of a built-in set; BUILTIN if no set has this name. */
static size_t
find_builtin(const char *name)
{
	size_t i = 0;

	while (i < BUILTIN && strcasecmp(builtin[i].name, name) != 0)
		i++;
	return i;
}

const char *
eventset_builtin(const char *name)
{
	const size_t i = find_builtin(name);

	return i == BUILTIN ? NULL : builtin[i].name;
}

bool
eventset_has_strict(const char *name)
{
	const size_t i = find_builtin(name);

	return i != BUILTIN && builtin[i].agent[0].channel != NULL;
}

enum rc
eventset_load(struct eventset *set, const char *name, struct err *e)
{
	static const char *const names[] = { "all", "common", "minimal", "none",
		"any", NULL };
	char hint[NEAREST_HINT];
	const size_t which = find_builtin(name);
	cJSON *root = NULL;
	struct buf text;

	memset(set, 0, sizeof(*set));
	if (which != BUILTIN)
		return load_builtin(set, which, false, e);
	if (access(name, F_OK) == -1 && errno == ENOENT)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "no event set and no file is called %s; the sets are all, "
		    "common, minimal, none and any%s",
		    name, nearest_hint(hint, name, names));
	buf_init(&text, EVENTSET_FILE_MAX);
	enum rc rc = io_slurp(AT_FDCWD, name, &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), name, &root, e);
	if (rc == RC_OK)
		rc = read_set(set, root, name, e);
	if (rc == RC_OK)
		rc = hash_text(set, buf_span(&text), e);
	else
		e->why = WHY_USAGE;
	json_free(root);
	buf_reset(&text);
	if (rc != RC_OK)
		eventset_free(set);
	return rc;
}

enum rc
eventset_load_strict(struct eventset *set, const char *name, struct err *e)
{
	memset(set, 0, sizeof(*set));
	if (!eventset_has_strict(name))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--strict-sets is for the event sets all, common and "
		    "minimal, which the connector has, not for %s",
		    name);
	return load_builtin(set, find_builtin(name), true, e);
}

void
eventset_free(struct eventset *set)
{
	free(set->rules);
	memset(set, 0, sizeof(*set));
}

uint64_t
eventset_rules_of(const struct eventset *set, struct span channel)
{
	char name[256];
	uint64_t rules = 0;

	if (channel.n >= sizeof(name))
		return 0;
	if (channel.n != 0)
		memcpy(name, channel.p, channel.n);
	name[channel.n] = '\0';
	for (size_t i = 0; i < set->n; i++) {
		if (fnmatch(set->rules[i].channel, name, FNM_CASEFOLD) == 0)
			rules |= UINT64_C(1) << i;
	}
	return rules;
}

bool
eventset_has(const struct eventset *set, uint64_t rules, uint64_t id)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct eventset_rule *const r = &set->rules[i];
		if ((rules >> i & 1) != 0 && (r->every || ids_has(&r->ids, id)))
			return true;
	}
	return false;
}
