/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an event set, and a list of ids as on the command line. */
#include <string.h>

#include "select/eventset.h"
#include "tests/fuzz/fuzz.h"

static void
ask(const struct eventset *set)
{
	static const char *const channels[] = { "Security", "",
		"Microsoft-Windows-AppLocker/EXE and DLL", "System" };

	FUZZ_NEED(set->n <= EVENTSET_RULES_MAX);
	FUZZ_NEED(strlen(set->name) < sizeof(set->name));
	FUZZ_NEED(strlen(set->sha256) == DIGEST_HEX - 1);
	for (size_t i = 0; i < sizeof(channels) / sizeof(*channels); i++) {
		const uint64_t rules =
		    eventset_rules_of(set, span_str(channels[i]));
		for (uint64_t id = 0; id <= IDS_MAX + 1; id += 1023)
			FUZZ_NEED(!eventset_has(set, rules, id) ||
				  (id <= IDS_MAX && rules != 0) ||
				  id > IDS_MAX);
	}
}

static void
list(struct span text)
{
	static struct ids ids;
	struct err e;

	memset(&ids, 0, sizeof(ids));
	const enum rc rc = ids_parse(&ids, text, &e);
	FUZZ_NEED(rc == RC_OK || (rc == RC_FATAL && e.why == WHY_USAGE));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eventset set;
	struct err e;

	err_clear(&e);
	list(span_of(data, size));
	const char *const path = fuzz_file(0, span_of(data, size));
	const enum rc rc = eventset_load(&set, path, &e);
	if (rc != RC_OK) {
		FUZZ_NEED(rc == RC_FATAL && e.why == WHY_USAGE);
		FUZZ_NEED(e.text[0] != '\0' && set.rules == NULL);
		return 0;
	}
	ask(&set);
	eventset_free(&set);
	return 0;
}
