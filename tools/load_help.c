/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "tools/load_help.h"

static const char program[] =
    "Usage: evtxload [push] --target T [options] STAGING...\n"
    "Load what evtxstage staged. Run the same command again to resume.\n"
    "\n"
    "  push        send records (this is the default)   evtxload help push\n"
    "  plan        what a push would send               evtxload help plan\n"
    "  probe       will the target take records?        evtxload help probe\n"
    "  status      where a load is                      evtxload help status\n"
    "  retry-dead  send refused records again           evtxload help "
    "retry-dead\n"
    "  reconcile   what must have arrived               evtxload help "
    "reconcile\n"
    "  dcr         data collection rule and columns     evtxload help dcr\n"
    "\n"
    "  --target T         sqlite:PATH, sentinel, or a name from --config\n"
    "  --config FILE      JSON file of named targets\n"
    "  --state DIR        folder of the checkpoint (STAGING/load)\n"
    "  -n, --dry-run      show the plan; send and keep nothing\n"
    "  --json             one JSON object on standard output\n"
    "  -q, --quiet        errors only      -v, --verbose  every retry\n"
    "  -h, --help         this text        -V, --version\n"
    "\n"
    "Credentials: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET; or\n"
    "--auth certificate, managed, workload, github, pipelines, cli, token.\n"
    "Exit: 0 done, 1 failure, 2 usage, 4 nothing, 5 run again, 6 refused\n"
    "records, 7 the target refuses us, 11 locked, 130 143 interrupted.\n"
    "All options: evtxload help push. Manual: man evtxload\n";

#define TARGET \
	"  --target T         sqlite:PATH, sentinel, or a name from " \
	"--config\n" \
	"  --config FILE      JSON file of named targets\n" \
	"  --endpoint URL     Sentinel: where to send (https://...)\n" \
	"  --dcr ID           Sentinel: the data collection rule (dcr-...)\n" \
	"  --stream NAME      Sentinel: the stream of the rule (Custom-...)\n" \
	"  --ca-file FILE     trust these certificates, not the system's\n" \
	"  --proxy URL        send through a proxy\n" \
	"  --auth NAME        secret, certificate, managed, workload, " \
	"github,\n" \
	"                     pipelines, cli or token (what is configured)\n" \
	"  --token-fd N       read an access token from this descriptor\n" \
	"  --insecure-http    allow plain http, to loopback addresses only\n"

static const char push[] =
    "Usage: evtxload [push] --target T [options] STAGING...\n"
    "Send what is not acknowledged yet, and write down what became of "
    "it.\n" TARGET
    "  --state DIR        folder of the checkpoint (STAGING/load)\n"
    "  -j, --jobs N       requests in flight (5)\n"
    "  --tpslimit N       requests a second at most\n"
    "  --bwlimit SIZE     bytes a second at most: 500k, 2M\n"
    "  --max-transfer SIZE, --max-duration TIME   end the run then\n"
    "  --time-policy P    keep times, refuse those over 2 days old, or send\n"
    "                     the time of arrival as TimeGenerated (keep)\n"
    "  --batch-span TIME  TimeGenerated within a batch: 30m (any)\n"
    "  --max-wait SEC     give up when nothing arrived for so long (900)\n"
    "  --timeout SEC      deadline of one request (60)\n"
    "  --retry-delay SEC  the first wait before trying again (1)\n"
    "  --role-wait SEC    wait so long for a new role or rule to work (0)\n"
    "  --on-ambiguous HOW resend, or hold what may have arrived (resend)\n"
    "  --max-dead N       stop when more records are refused (10000)\n"
    "  --without-recovered   leave hidden and old records out\n"
    "  -n, --dry-run      show the plan; send and keep nothing\n"
    "  --error-if-empty   exit 4 when nothing is left to load\n"
    "  --json             one JSON object on standard output\n"
    "  --progress WHEN    auto, always or never\n"
    "  -q, --quiet        errors only      -v, --verbose  every retry\n"
    "Example: evtxload --target sqlite:case.db staging\n";

static const char plan[] =
    "Usage: evtxload plan --target T [options] STAGING...\n"
    "Show calls, bytes, least time and what the service will change, and keep\n"
    "the plan: a push then sends exactly these batches. Takes the options of\n"
    "push; see evtxload help push.\n"
    "Example: evtxload plan --target sqlite:case.db staging\n";

static const char probe[] =
    "Usage: evtxload probe --target T [--row] [options]\n"
    "Get a token, send an empty array, and explain what fails.\n" TARGET
    "  --row              send one marked row, too\n"
    "  --timeout SEC      deadline of one request (60)\n"
    "  --json             one JSON object on standard output\n"
    "Example: evtxload probe --target case42 --config targets.json --row\n";

static const char status[] =
    "Usage: evtxload status [--target T] [--state DIR] [STAGING]\n"
    "Show what is acknowledged, left, refused and ambiguous. Sends "
    "nothing.\n" TARGET
    "  --state DIR        folder of the checkpoint (STAGING/load)\n"
    "  --json             one JSON object on standard output\n"
    "Example: evtxload status staging\n";

static const char retry_dead[] =
    "Usage: evtxload retry-dead --target T [options] STAGING...\n"
    "Send the records again that the target refused (dead.ndjson). Takes the\n"
    "options of push; see evtxload help push.\n"
    "Example: evtxload retry-dead --target case42 --config targets.json "
    "staging\n";

static const char reconcile[] =
    "Usage: evtxload reconcile [--workspace ID [--resend]] [options] "
    "STAGING...\n"
    "Write what a workspace must have: expected.json (rows and keys by batch,\n"
    "computer, channel and hour) and reconcile.kql (what is missing, what is\n"
    "double). With --workspace: ask which keys it has, and write "
    "reconcile.json.\n"
    "  --workspace ID     the workspace id (a GUID); needs Log Analytics "
    "Reader\n"
    "  --query-endpoint URL  of the query API (that of the cloud)\n"
    "  --table NAME       the table (what --stream or the schema say)\n"
    "  --settle TIME      so long counts must stand still: 30m (15m)\n"
    "  --resend           send the records that are missing, by key; needs\n"
    "                     --endpoint, --dcr and --stream as for push\n"
    "  --max-wait SEC     patience with a service in trouble (900)\n"
    "  --state DIR        folder of the checkpoint (STAGING/load)\n"
    "  --json             one JSON object on standard output\n"
    "Exit: 0 all is there, 5 not settled, 6 missing, refused or without a "
    "key.\n"
    "Example: evtxload reconcile --workspace $ID --target case42 \\\n"
    "           --config targets.json --resend staging\n";

static const char dcr[] =
    "Usage: evtxload dcr [options]\n"
    "Print the template of the data collection rule and the table's columns.\n"
    "  --schema NAME      schema of the staging: securityevent (default),\n"
    "                     windowsevent, event, raw, ecs\n"
    "  --system-columns derived   declare SourceSystem and SourceComputerId\n"
    "  --minimal-columns  leave out columns that a workspace may refuse\n"
    "  --table NAME_CL    a table of your own instead of the built-in one\n"
    "  --function         also a saved function TABLE_Backfill, in which\n"
    "                     TimeGenerated is the time of the event\n"
    "Example: evtxload dcr --schema windowsevent >rule.json\n";

static const struct {
	const char *command;
	const char *text;
} texts[] = {
	{ "push", push },
	{ "plan", plan },
	{ "probe", probe },
	{ "status", status },
	{ "retry-dead", retry_dead },
	{ "reconcile", reconcile },
	{ "dcr", dcr },
	{ "help", program },
};

const char *
load_help(const char *command)
{
	if (command == NULL)
		return program;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(texts[i].command, command) == 0)
			return texts[i].text;
	}
	return NULL;
}
