/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "stage/account_json.h"
#include "util/json.h"

/* The members of struct account and their names in JSON. */
static const struct {
	const char *name;
	size_t at;
} counts[] = {
#define COUNT(name, field) \
	{ \
		name, offsetof(struct account, field) \
	}
	COUNT("found", found),
	COUNT("emitted", emitted),
	COUNT("duplicate", duplicate),
	COUNT("damaged", damaged),
	COUNT("borrowed", borrowed),
	COUNT("recovered", recovered),
	COUNT("recovered_filtered", recovered_filtered),
	COUNT("recovered_damaged", recovered_damaged),
	COUNT("regions", regions),
	COUNT("unchecked", unchecked),
	COUNT("hidden", hidden),
	COUNT("repaired", repaired),
	COUNT("names", names),
	COUNT("time_inferred", inferred),
	COUNT("long_fields", long_fields),
	COUNT("disagreements", disagreements),
	COUNT("one_sided", one_sided),
	COUNT("conflicts", conflicts),
	COUNT("other_channels", other_channels),
#undef COUNT
};

struct cJSON *
account_json(const struct account *a, const char *const *reasons)
{
	struct cJSON *const o = json_object();
	uint64_t n;

	struct cJSON *const filtered = json_add_object(o, "filtered");
	for (unsigned i = 0; i < ACCOUNT_REASONS; i++) {
		if (a->filtered[i] != 0)
			json_add_count(filtered, reasons[i], a->filtered[i]);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		memcpy(&n, (const uint8_t *)a + counts[i].at, sizeof(n));
		json_add_count(o, counts[i].name, n);
	}
	return o;
}

void
account_json_put(
    struct buf *b, const struct account *a, const char *const *reasons)
{
	const char *split = "";
	uint64_t n;

	buf_str(b, "{\"filtered\":{");
	for (unsigned i = 0; i < ACCOUNT_REASONS; i++) {
		if (a->filtered[i] == 0)
			continue;
		buf_str(b, split);
		json_put(b, span_str(reasons[i]));
		buf_byte(b, ':');
		buf_u64(b, a->filtered[i]);
		split = ",";
	}
	buf_byte(b, '}');
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		memcpy(&n, (const uint8_t *)a + counts[i].at, sizeof(n));
		buf_str(b, ",\"");
		buf_str(b, counts[i].name);
		buf_str(b, "\":");
		buf_u64(b, n);
	}
	buf_byte(b, '}');
}

static enum rc
read_count(const struct cJSON *o, const char *name, uint64_t *n, struct err *e)
{
	*n = 0;
	return json_get(o, name) == NULL ? RC_OK : json_need_u64(o, name, n, e);
}

enum rc
account_json_read(const struct cJSON *o, const char *const *reasons,
    struct account *a, struct err *e)
{
	const struct cJSON *const filtered = json_get(o, "filtered");
	enum rc rc = RC_OK;
	uint64_t n;

	for (unsigned i = 0; rc == RC_OK && i < ACCOUNT_REASONS; i++) {
		if (reasons[i] != NULL)
			rc = read_count(
			    filtered, reasons[i], &a->filtered[i], e);
	}
	for (size_t i = 0; rc == RC_OK && i < sizeof(counts) / sizeof(*counts);
	     i++) {
		rc = read_count(o, counts[i].name, &n, e);
		memcpy((uint8_t *)a + counts[i].at, &n, sizeof(n));
	}
	return rc;
}
