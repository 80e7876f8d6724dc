/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "tools/stage_help.h"

const char *const stage_help_commands[] = { "convert", "info", "verify", "show",
	"sets", "shards", "merge-check", "help", NULL };

static const char program[] =
    "Usage: evtxstage [convert] [options] INPUT...\n"
    "Turn Windows event logs into NDJSON staging files, filtered as the "
    "Windows\n"
    "Security Events connector filters them. INPUT: .evtx files, folders, "
    "archives\n"
    "(zip, tar, 7z), - (standard input), @FILE (a list of these).\n"
    "\n"
    "  convert  stage logs (this is the default)   evtxstage help convert\n"
    "  info     what logs hold, staging nothing    evtxstage help info\n"
    "  verify   check a staging and its evidence   evtxstage help verify\n"
    "  show     where a staged row came from       evtxstage help show\n"
    "  sets     what event sets and queries take   evtxstage help sets\n"
    "  shards, merge-check   split a collection for a cluster, check the "
    "whole\n"
    "\n"
    "  -o, --output DIR       staging directory to make; - is standard output\n"
    "  -s, --event-set SET    all, common, minimal, none, any, or a file\n"
    "      --schema NAME      securityevent (default), windowsevent, event, "
    "raw, "
    "ecs\n"
    "      --from, --to TIME  records at or after, and before (ISO 8601, UTC)\n"
    "      --include-eid, --exclude-eid LIST   as 4624,4700-4799,Sysmon:1\n"
    "      --json             summary as one JSON object on standard output\n"
    "  -q, --quiet  errors only    -v, --verbose  every source\n"
    "  -h, --help   this text      -V, --version\n"
    "\n"
    "Exit status: 0 done; 1 failed; 2 usage; 3 done, but an input was damaged\n"
    "or could not be read; 4 empty; 5 stopped, run again; 11 locked.\n"
    "Example: evtxstage -s common -o staging C/Windows/System32/winevt/Logs\n"
    "All options: evtxstage help convert. Manual: man evtxstage\n";

static const char convert[] =
    "Usage: evtxstage [convert] -o DIR [options] INPUT...\n"
    "What to write, and where:\n"
    "  -o, --output DIR       staging directory to make; - is standard output\n"
    "      --schema NAME      securityevent (default), windowsevent, event, "
    "raw, "
    "ecs\n"
    "      --provenance HOW   key (RecordKey_CF; default), none (default of "
    "raw),\n"
    "                         full: place in the evidence, too\n"
    "      --eventdata WHEN   column EventData of securityevent: connector "
    "(not\n"
    "                         where columns hold all of it), always, never\n"
    "      --accounts FILE    accounts by SID, for AppLocker and UserName "
    "(lines of\n"
    "                         SID and account, see info --sids)\n"
    "      --system-columns derived  also SourceSystem, SourceComputerId\n"
    "                         (unverified)\n"
    "      --long-fields HOW  values over 64 KB: split (default), truncate, "
    "spill\n"
    "      --case ID          into the manifest; into rows with provenance "
    "full\n"
    "      --sign-key FILE    sign the manifest with this Ed25519 key\n"
    "      --append           add to a finished DIR\n"
    "      --force            replace DIR, or start an unfinished run anew\n"
    "Which records (criteria intersect; values of one option are a union):\n"
    "  -s, --event-set SET    all, common, minimal, none, any, or a file; any "
    "takes\n"
    "                         every channel (default: all; with queries or "
    "another\n"
    "                         schema than securityevent any)\n"
    "      --strict-sets      of AppLocker only the channels and ids that the\n"
    "                         connector's agent asks for\n"
    "      --query TEXT       CHANNEL!XPATH as in a data collection rule\n"
    "      --query-file FILE  a QueryList, as Event Viewer exports it\n"
    "      --from-dcr FILE    the xPathQueries of a data collection rule "
    "(JSON)\n"
    "      --log-name NAME    log of the only input, for queries by channel\n"
    "      --from, --to TIME  records at or after, and before (ISO 8601, UTC)\n"
    "      --now TIME         what timediff() in queries counts from\n"
    "      --include-eid, --exclude-eid LIST   as 4624,4700-4799,Sysmon:1\n"
    "      --channel, --provider, --computer GLOB, --level LIST   ! negates\n"
    "      --dedupe HOW       run (default): each event once; file: once in a "
    "file;\n"
    "                         none (default with -o -): as often as it comes\n"
    "      --dedupe-memory SIZE   for that; more goes to disk (128M)\n"
    "      --recover WHAT     hidden (default): records swallowed by others;\n"
    "                         slack: also old ones in free space; none\n"
    "How to read:\n"
    "      --name GLOB        logs in folders and archives; !GLOB: not these\n"
    "      --nesting N        levels of archives inside archives (1)\n"
    "      --archive-password-file FILE   of an encrypted zip\n"
    "      --decoder NAME     native (default), libevtx or both\n"
    "      --sandbox WHEN     auto (default), require or off\n"
    "  -j, --jobs N           threads (processors)\n"
    "      --checkpoint SIZE  save the state after so much input\n"
    "What to report:\n"
    "      --error-if-empty   exit 4 when nothing was selected\n"
    "      --require-all      exit 2 when an input cannot be read\n"
    "      --json             summary as one JSON object on standard output\n"
    "                         (on standard error with -o -)\n"
    "      --progress WHEN    auto (default), always or never\n"
    "  -q, --quiet  errors only    -v, --verbose  every source\n";

static const char info[] =
    "Usage: evtxstage info [--eids] [--sids] [--chunks] [--json] [options] "
    "INPUT...\n"
    "Show what logs hold without staging anything: records, ids and times of "
    "each\n"
    "log, gaps, cleared logs, clocks set back, damage.\n"
    "  --eids      event ids, computers and logons (4624), by count\n"
    "  --sids      accounts by SID on standard output, for --accounts\n"
    "  --chunks    a line for each chunk\n"
    "  --json      all of it as one JSON object\n"
    "Options that select records or limit archives work as for convert.\n"
    "Example: evtxstage info --eids C/Windows/System32/winevt/Logs\n";

static const char verify[] =
    "Usage: evtxstage verify [--inputs WHEN] [--public-key FILE] DIR...\n"
    "Read finished stagings again: digests, accounts, and the evidence.\n"
    "  --inputs WHEN      read the evidence: auto (default: where it is),\n"
    "                     require, or no\n"
    "  --public-key FILE  check the signature of the manifest (Ed25519)\n"
    "  --json             the result as one JSON object\n"
    "Exit status: 0 all holds; 1 something differs.\n"
    "Example: evtxstage verify --inputs require staging\n";

static const char show[] =
    "Usage: evtxstage show --key RECORDKEY DIR...\n"
    "Show where a staged row came from (segment, line, source, chunk, offset) "
    "and\n"
    "the record as both decoders read it in the evidence.\n"
    "  --key RECORDKEY    value of RecordKey_CF: 32 hex digits\n"
    "  --json             the result as one JSON object\n"
    "Example: evtxstage show --key 0123456789abcdef0123456789abcdef staging\n";

static const char sets[] =
    "Usage: evtxstage sets list\n"
    "       evtxstage sets show SET [--strict-sets]\n"
    "       evtxstage sets explain FILE [options that select records]\n"
    "List the event sets, print what one contains, or explain for each record "
    "of a\n"
    "log why it is or is not selected.\n"
    "Example: evtxstage sets explain log.evtx --from-dcr rule.json\n";

static const char shards[] =
    "Usage: evtxstage shards -n N -o CASE.shards [--root DIR] INPUT...\n"
    "       evtxstage --shards CASE.shards --shard I -o DIR [--root DIR] "
    "[options]\n"
    "       evtxstage --shard I/N -o DIR [options] INPUT...\n"
    "Split a collection into N shards that can be staged anywhere, in any "
    "order, any\n"
    "number of times. The plan lists every source with its shard, from 0 to "
    "N - 1.\n"
    "Equal sources go to one shard, large ones first to the least loaded. A "
    "source\n"
    "that is not the plan's any more is refused (exit 1).\n"
    "  -n, --count N      shards of the plan\n"
    "  -o, --output FILE  the plan (--force replaces one)\n"
    "      --root DIR     names in the plan are relative to DIR; for a shard: "
    "where\n"
    "                     DIR is on this machine (default: as in the plan)\n"
    "      --shard I/N    without a plan, of a folder that does not change\n"
    "      --json         the result as one JSON object\n"
    "Example: evtxstage shards -n 64 -o case.shards --root /mnt/case "
    "/mnt/case/hosts\n";

static const char merge[] =
    "Usage: evtxstage merge-check [-o collection.json] CASE.shards DIR...\n"
    "Check that the stagings of all shards are together what one run would "
    "have\n"
    "staged: every source once, equal options, event set and version, "
    "unchanged\n"
    "segments. Add up their accounts, merge the ids of their logs, and count "
    "rows\n"
    "that another shard has, too.\n"
    "  -o, --output FILE      the result, if all is there\n"
    "      --dedupe-memory SIZE   for the keys of rows (128M)\n"
    "      --json             the result as one JSON object\n"
    "Exit status: 0 all is there; 1 not: the shards to stage again are named; "
    "3 all is\n"
    "there, but an input was damaged or could not be read.\n"
    "Example: evtxstage merge-check -o collection.json case.shards st-*\n";

static const struct {
	const char *command;
	const char *text;
} texts[] = {
	{ "convert", convert },
	{ "info", info },
	{ "shards", shards },
	{ "merge-check", merge },
	{ "verify", verify },
	{ "show", show },
	{ "sets", sets },
	{ "help", program },
};

const char *
stage_help(const char *command)
{
	if (command == NULL)
		return program;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(texts[i].command, command) == 0)
			return texts[i].text;
	}
	return NULL;
}
