/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "checkpoint/sql.h"
#include "http/http.h"
#include "load/arrival_time.h"
#include "load/insert.h"
#include "load/planner.h"
#include "load/push.h"
#include "load/reports.h"
#include "load/target.h"
#include "load/target_list.h"
#include "load/upload.h"

static enum rc
send_all(struct session *s, struct err *e)
{
	const uint64_t *const restamped = &s->report->preflight.restamped;
	enum rc rc = planner_run(s, e);
	struct err later = { .rc = RC_OK };

	if (rc != RC_OK)
		return rc;
	target_list_add(s->run);
	rc = session_check_refused(s, e);
	if (rc == RC_OK && *restamped > 0 && !s->run->target->limits.keep_times)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "nothing was sent: TimeGenerated of %llu record%s is more "
		    "than 2 days ago or more than a day ahead, so the service "
		    "would replace it by the time of arrival; --time-policy "
		    "keep sends such records all the same, and the time stays "
		    "in TimeCreated_CF",
		    (unsigned long long)*restamped, *restamped == 1 ? "" : "s");
	if (rc == RC_OK)
		rc = s->sink->local != NULL ? insert_run(s, e)
					    : upload_run(s, e);
	/* The counts kept while sending are for the display only. The first
	 * failure is reported. */
	struct err *const second = rc == RC_OK ? e : &later;
	enum rc written = session_count(s, second);
	if (written == RC_OK)
		written = reports_write(s, second);
	return rc == RC_OK ? written : rc;
}

enum rc
load_push(const struct load_run *run, struct load_report *report, struct err *e)
{
	struct session s;

	session_init(&s, run, report);
	/* Check the address first: a wrong one must not leave a checkpoint
	 * behind. */
	enum rc rc = arrival_time_check(run, e);
	if (rc == RC_OK && s.sink->remote != NULL)
		rc = target_check(run->target, e);
	if (rc == RC_OK)
		rc = target_open_checkpoint(run->target, &s.checkpoint, e);
	if (rc == RC_OK)
		rc = send_all(&s, e);
	session_progress(&s);
	session_close(&s);
	return rc;
}

void
load_versions(char *out, size_t n)
{
	(void)snprintf(out, n, "%s, SQLite %s", http_version(), sql_version());
}
