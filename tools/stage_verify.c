/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify_inputs.h"
#include "audit/verify_signature.h"
#include "audit/verify_staging.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/stage_report.h"
#include "tools/stage_verify.h"
#include "tools/stagings.h"
#include "util/json.h"
#include "util/sign.h"

#define PROGRAM "evtxstage"
#define NAME_SHOWN_MAX 16384

enum inputs { INPUTS_AUTO, INPUTS_REQUIRE, INPUTS_NO };

static const char *const parts[FINDING_PARTS] = { "segments", "sources", "logs",
	"damage", "chunks", "fields", "signature", "sums", "inputs" };
static const char *const verdicts[FINDING_VERDICTS] = { "good", "bad",
	"missing", "unread" };

/* The verification of one staging. */
struct verifier {
	const struct stage_options *o;
	struct stagings *stagings;
	enum inputs inputs;
	uint64_t count[FINDING_PARTS][FINDING_VERDICTS];
	uint64_t bytes;
	/* Key of --public-key; NULL: the option was not given. */
	const struct sign_key *key;
	struct cJSON *findings; /* findings for --json; NULL without --json */
};

/* Count a finding, record it for --json, and report it. */
static void
add_finding(void *arg, const struct finding *item)
{
	struct verifier *const v = arg;
	const bool good = item->verdict == FINDING_GOOD;

	v->count[item->part][item->verdict]++;
	v->bytes += item->bytes;
	if (v->findings != NULL && !good) {
		struct cJSON *const o = json_push_object(v->findings);
		json_add_text(o, "part", parts[item->part]);
		json_add_text(o, "name", item->name);
		json_add_text(o, "verdict", verdicts[item->verdict]);
		json_add_text(o, "text", item->text);
	}
	const bool needed =
	    item->verdict != FINDING_GOOD &&
	    (item->verdict == FINDING_BAD || v->inputs == INPUTS_REQUIRE);
	if (!needed && (v->o->quiet || (good && !v->o->verbose)))
		return;
	if (item->text[0] != '\0')
		cli_say(PROGRAM, "%s: %s", verdicts[item->verdict], item->text);
	else
		cli_say(PROGRAM, "good: %s %s", parts[item->part], item->name);
}

static uint64_t
all_of(const struct verifier *v, enum finding_part part)
{
	uint64_t n = 0;

	for (int i = 0; i < FINDING_VERDICTS; i++)
		n += v->count[part][i];
	return n;
}

static int
status_of(const struct verifier *v)
{
	const uint64_t *const input = v->count[FINDING_INPUT];
	const uint64_t away = input[FINDING_MISSING] + input[FINDING_UNREAD];

	for (int part = 0; part < FINDING_INPUT; part++) {
		if (all_of(v, (enum finding_part)part) !=
		    v->count[part][FINDING_GOOD])
			return CLI_FAILED;
	}
	if (input[FINDING_BAD] != 0 ||
	    (v->inputs == INPUTS_REQUIRE && away != 0))
		return CLI_INPUT;
	return CLI_OK;
}

/* --- output --------------------------------------------------------------- */

static void
put_part(const struct verifier *v, enum finding_part part)
{
	char good[CLI_COUNT_MAX];
	char count[CLI_COUNT_MAX];
	const char *split = ": ";

	(void)printf("  %-9s %s of %s are good", parts[part],
	    cli_count(good, v->count[part][FINDING_GOOD]),
	    cli_count(count, all_of(v, part)));
	for (int i = 1; i < FINDING_VERDICTS; i++) {
		if (v->count[part][i] == 0)
			continue;
		(void)printf("%s%s %s", split,
		    cli_count(count, v->count[part][i]), verdicts[i]);
		split = ", ";
	}
	(void)printf("\n");
}

static void
put_table(const struct verifier *v, const struct reader *r)
{
	const char *const digest = json_text(reader_manifest(r), "digest");
	char name[NAME_SHOWN_MAX];
	char count[CLI_COUNT_MAX];

	(void)printf("%s\n", cli_tame(name, sizeof(name), reader_dir(r)));
	(void)printf("  %-9s %s%s\n", "manifest",
	    digest == NULL ? "has no digest of its own" : "is good, SHA-256 ",
	    digest == NULL ? "" : digest);
	for (int part = 0; part < FINDING_PARTS; part++)
		if (all_of(v, (enum finding_part)part) != 0)
			put_part(v, (enum finding_part)part);
	(void)printf(
	    "  %-9s %s bytes read\n", "in all", cli_count(count, v->bytes));
	if (v->count[FINDING_INPUT][FINDING_MISSING] != 0)
		(void)printf("  relative names are looked up in the current "
			     "folder: verify where the inputs were staged, or "
			     "give --inputs no\n");
}

static enum rc
put_json(struct verifier *v, const struct reader *r, int status, struct err *e)
{
	const char *const digest = json_text(reader_manifest(r), "digest");
	struct cJSON *const o = json_object();

	json_add_text(o, "program", PROGRAM);
	json_add_text(o, "version", BUILD_VERSION);
	json_add_number(o, "exit", status);
	json_add_text(o, "staging", reader_dir(r));
	if (digest != NULL)
		json_add_text(o, "digest", digest);
	for (int part = 0; part < FINDING_PARTS; part++) {
		struct cJSON *const counts = json_add_object(o, parts[part]);
		for (int i = 0; i < FINDING_VERDICTS; i++)
			json_add_count(counts, verdicts[i], v->count[part][i]);
	}
	json_add(o, "findings", v->findings);
	v->findings = NULL;
	return stage_report_put(o, stdout, e);
}

/* --- the command ---------------------------------------------------------- */

static enum rc
verify(struct verifier *v, const struct reader *r, int *status, struct err *e)
{
	const struct finding_visit visit = { add_finding, v };
	struct spool spool = stagings_spool(v->stagings);
	const struct source_lookup_options o = { v->o->in.unpack, &spool };
	enum rc rc =
	    verify_staging(r, v->o->jobs, &v->stagings->scratch, &visit, e);

	if (rc == RC_OK && v->key != NULL)
		rc = verify_signature(r, v->key, &visit, e);
	if (rc == RC_OK && v->inputs != INPUTS_NO)
		rc = verify_inputs(&o, r, &visit, e);
	if (rc != RC_OK)
		return rc;
	*status = status_of(v);
	if (v->o->json)
		rc = put_json(v, r, *status, e);
	else if (!v->o->quiet)
		put_table(v, r);
	if (rc == RC_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		return err_sys(e, RC_FATAL, "write to standard output");
	return rc;
}

int
stage_verify_run(struct stage_options *o)
{
	struct stagings s = { .readers = NULL };
	int inputs = INPUTS_AUTO;
	int status = CLI_OK;
	struct sign_key *key = NULL;
	struct err e;

	err_clear(&e);
	cli_allow_files();
	const char *const public = o->given.value[OPT_PUBLIC_KEY];
	enum rc rc = options_word(&o->given, OPT_INPUTS, &inputs, &e);
	if (rc == RC_OK && public != NULL)
		rc = sign_key_public(public, &key, &e);
	s.key = key;
	if (rc == RC_OK)
		rc = stagings_open(&s, o, &status, &e);
	/* A staging that cannot be verified does not end the command. */
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		struct verifier v = { .o = o,
			.stagings = &s,
			.inputs = (enum inputs)inputs,
			.key = s.proven[i] ? NULL : key,
			.findings = o->json ? json_array() : NULL };
		int one = CLI_FAILED;
		err_clear(&e);
		if (verify(&v, s.readers[i], &one, &e) != RC_OK) {
			one = stage_report_failure(o, &e);
		}
		json_free(v.findings);
		status = cli_worse(status, one);
	}
	if (rc != RC_OK)
		status = cli_worse(status, stage_report_failure(o, &e));
	stagings_free(&s);
	sign_key_free(key);
	return status;
}
