/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/load_help.h"
#include "tools/load_options.h"
#include "util/io.h"
#include "util/json.h"
#include "util/nearest.h"

#define CONFIG_MAX (1U << 20)

/* Every setting once: its option, its variable, its name in the file. */
static const struct {
	const char *option; /* NULL: none */
	char letter;
	bool flag;
	const char *variable;
	const char *key; /* in the configuration file; NULL: none */
} settings[SET_COUNT] = {
	[SET_TARGET] = { "target", 0, false, "EVTXLOAD_TARGET", NULL },
	[SET_CONFIG] = { "config", 0, false, "EVTXLOAD_CONFIG", NULL },
	[SET_ENDPOINT] = { "endpoint", 0, false, "EVTXLOAD_ENDPOINT",
	    "endpoint" },
	[SET_DCR] = { "dcr", 0, false, "EVTXLOAD_DCR", "dcr" },
	[SET_STREAM] = { "stream", 0, false, "EVTXLOAD_STREAM", "stream" },
	[SET_CA_FILE] = { "ca-file", 0, false, "EVTXLOAD_CA_FILE", "ca_file" },
	[SET_PROXY] = { "proxy", 0, false, "EVTXLOAD_PROXY", "proxy" },
	[SET_INSECURE_HTTP] = { "insecure-http", 0, true,
	    "EVTXLOAD_INSECURE_HTTP", NULL },
	[SET_STATE] = { "state", 0, false, "EVTXLOAD_STATE", "state" },
	[SET_JOBS] = { "jobs", 'j', false, "EVTXLOAD_JOBS", "jobs" },
	[SET_MAX_WAIT] = { "max-wait", 0, false, "EVTXLOAD_MAX_WAIT",
	    "max_wait" },
	[SET_TIMEOUT] = { "timeout", 0, false, "EVTXLOAD_TIMEOUT", "timeout" },
	[SET_RETRY_DELAY] = { "retry-delay", 0, false, "EVTXLOAD_RETRY_DELAY",
	    "retry_delay" },
	[SET_ROLE_WAIT] = { "role-wait", 0, false, "EVTXLOAD_ROLE_WAIT",
	    "role_wait" },
	[SET_ON_AMBIGUOUS] = { "on-ambiguous", 0, false,
	    "EVTXLOAD_ON_AMBIGUOUS", "on_ambiguous" },
	[SET_MAX_DEAD] = { "max-dead", 0, false, "EVTXLOAD_MAX_DEAD",
	    "max_dead" },
	[SET_TPSLIMIT] = { "tpslimit", 0, false, "EVTXLOAD_TPSLIMIT",
	    "tpslimit" },
	[SET_BWLIMIT] = { "bwlimit", 0, false, "EVTXLOAD_BWLIMIT", "bwlimit" },
	[SET_MAX_TRANSFER] = { "max-transfer", 0, false,
	    "EVTXLOAD_MAX_TRANSFER", "max_transfer" },
	[SET_MAX_DURATION] = { "max-duration", 0, false,
	    "EVTXLOAD_MAX_DURATION", "max_duration" },
	[SET_TIME_POLICY] = { "time-policy", 0, false, "EVTXLOAD_TIME_POLICY",
	    "time_policy" },
	[SET_BATCH_SPAN] = { "batch-span", 0, false, "EVTXLOAD_BATCH_SPAN",
	    "batch_span" },
	[SET_AUTH] = { "auth", 0, false, "EVTXLOAD_AUTH", "auth" },
	[SET_TOKEN_FD] = { "token-fd", 0, false, NULL, NULL },
	[SET_ROW] = { "row", 0, true, NULL, NULL },
	[SET_WORKSPACE] = { "workspace", 0, false, "EVTXLOAD_WORKSPACE",
	    "workspace" },
	[SET_QUERY_ENDPOINT] = { "query-endpoint", 0, false,
	    "EVTXLOAD_QUERY_ENDPOINT", "query_endpoint" },
	[SET_RESEND] = { "resend", 0, true, NULL, NULL },
	[SET_SETTLE] = { "settle", 0, false, "EVTXLOAD_SETTLE", "settle" },
	[SET_SCHEMA] = { "schema", 0, false, NULL, NULL },
	[SET_TABLE] = { "table", 0, false, NULL, NULL },
	[SET_SYSTEM_COLUMNS] = { "system-columns", 0, false, NULL, NULL },
	[SET_MINIMAL_COLUMNS] = { "minimal-columns", 0, true, NULL, NULL },
	[SET_FUNCTION] = { "function", 0, true, NULL, NULL },
	[SET_PROGRESS] = { "progress", 0, false, "EVTXLOAD_PROGRESS", NULL },
	[SET_DRY_RUN] = { "dry-run", 'n', true, NULL, NULL },
	[SET_WITHOUT_RECOVERED] = { "without-recovered", 0, true,
	    "EVTXLOAD_WITHOUT_RECOVERED", NULL },
	[SET_ERROR_IF_EMPTY] = { "error-if-empty", 0, true,
	    "EVTXLOAD_ERROR_IF_EMPTY", NULL },
	[SET_JSON] = { "json", 0, true, "EVTXLOAD_JSON", NULL },
	[SET_QUIET] = { "quiet", 'q', true, "EVTXLOAD_QUIET", NULL },
	[SET_VERBOSE] = { "verbose", 'v', true, "EVTXLOAD_VERBOSE", NULL },
	[SET_HELP] = { "help", 'h', true, NULL, NULL },
	[SET_VERSION] = { "version", 'V', true, NULL, NULL },
	[SET_TYPE] = { NULL, 0, false, NULL, "type" },
	[SET_PATH] = { NULL, 0, false, NULL, "path" },
	[SET_TENANT] = { NULL, 0, false, "AZURE_TENANT_ID", "tenant_id" },
	[SET_CLIENT] = { NULL, 0, false, "AZURE_CLIENT_ID", "client_id" },
	[SET_AUTHORITY] = { NULL, 0, false, "AZURE_AUTHORITY_HOST",
	    "authority_host" },
	[SET_SECRET] = { NULL, 0, false, "AZURE_CLIENT_SECRET", NULL },
	[SET_SECRET_FILE] = { NULL, 0, false, NULL, "client_secret_file" },
	[SET_SECRET_FD] = { NULL, 0, false, NULL, "client_secret_fd" },
	[SET_CERT_FILE] = { NULL, 0, false, "AZURE_CLIENT_CERTIFICATE_PATH",
	    "client_certificate_file" },
	[SET_CERT_PASSWORD] = { NULL, 0, false,
	    "AZURE_CLIENT_CERTIFICATE_PASSWORD", NULL },
	[SET_CERT_PASSWORD_FILE] = { NULL, 0, false, NULL,
	    "client_certificate_password_file" },
	[SET_CERT_PASSWORD_FD] = { NULL, 0, false, NULL,
	    "client_certificate_password_fd" },
	[SET_CERT_CHAIN] = { NULL, 0, false,
	    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
	    "client_certificate_send_chain" },
	[SET_CERT_ALGORITHM] = { NULL, 0, false, NULL,
	    "client_certificate_algorithm" },
	[SET_MANAGED_CLIENT] = { NULL, 0, false, NULL, "managed_client_id" },
	[SET_MANAGED_OBJECT] = { NULL, 0, false, NULL, "managed_object_id" },
	[SET_MANAGED_RESOURCE] = { NULL, 0, false, NULL,
	    "managed_resource_id" },
	[SET_SERVICE_CONNECTION] = { NULL, 0, false,
	    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
	    "service_connection_id" },
	[SET_TOKEN_CREDENTIALS] = { NULL, 0, false, "AZURE_TOKEN_CREDENTIALS",
	    NULL },
	[SET_IDENTITY_ENDPOINT] = { NULL, 0, false, "IDENTITY_ENDPOINT", NULL },
	[SET_IDENTITY_HEADER] = { NULL, 0, false, "IDENTITY_HEADER", NULL },
	[SET_IMDS_ENDPOINT] = { NULL, 0, false, "IMDS_ENDPOINT", NULL },
	[SET_IMDS_HOST] = { NULL, 0, false, "AZURE_POD_IDENTITY_AUTHORITY_HOST",
	    NULL },
	[SET_FEDERATED_FILE] = { NULL, 0, false, "AZURE_FEDERATED_TOKEN_FILE",
	    NULL },
	[SET_TOKEN_PROXY] = { NULL, 0, false, "AZURE_KUBERNETES_TOKEN_PROXY",
	    NULL },
	[SET_TOKEN_PROXY_SNI] = { NULL, 0, false, "AZURE_KUBERNETES_SNI_NAME",
	    NULL },
	[SET_TOKEN_PROXY_CA_FILE] = { NULL, 0, false,
	    "AZURE_KUBERNETES_CA_FILE", NULL },
	[SET_TOKEN_PROXY_CA_DATA] = { NULL, 0, false,
	    "AZURE_KUBERNETES_CA_DATA", NULL },
	[SET_GITHUB_URL] = { NULL, 0, false, "ACTIONS_ID_TOKEN_REQUEST_URL",
	    NULL },
	[SET_GITHUB_TOKEN] = { NULL, 0, false, "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
	    NULL },
	[SET_PIPELINES_URL] = { NULL, 0, false, "SYSTEM_OIDCREQUESTURI", NULL },
	[SET_PIPELINES_TOKEN] = { NULL, 0, false, "SYSTEM_ACCESSTOKEN", NULL },
};

const char *
options_name(enum setting s)
{
	return settings[s].option != NULL     ? settings[s].option
	       : settings[s].variable != NULL ? settings[s].variable
					      : settings[s].key;
}

const char *
options_label(const struct options *o, enum setting s, char out[OPTIONS_LABEL])
{
	const enum origin from = o->from[s];

	if (from == FROM_ENVIRONMENT)
		(void)snprintf(out, OPTIONS_LABEL, "%s", settings[s].variable);
	else if (from == FROM_FILE)
		(void)snprintf(
		    out, OPTIONS_LABEL, "\"%s\" of the file", settings[s].key);
	else
		(void)snprintf(out, OPTIONS_LABEL, "--%s", options_name(s));
	return out;
}

/* --- the environment ----------------------------------------------------- */

/* An empty variable is none, and a flag is not set by "0". */
static void
read_environment(struct options *o)
{
	for (int i = 0; i < SET_COUNT; i++) {
		if (settings[i].variable == NULL)
			continue;
		const char *const v = getenv(settings[i].variable);
		if (v == NULL || *v == '\0')
			continue;
		if (settings[i].flag && strcmp(v, "0") == 0)
			continue;
		o->value[i] = v;
		o->from[i] = FROM_ENVIRONMENT;
	}
}

/* --- the command line ---------------------------------------------------- */

#define FIRST_LONG 256

static void
make_table(struct option longs[SET_COUNT + 1], char shorts[SET_COUNT * 2 + 2])
{
	size_t n = 0;

	*shorts++ = ':';
	for (int i = 0; i < SET_COUNT; i++) {
		if (settings[i].option == NULL)
			continue;
		longs[n++] = (struct option){ settings[i].option,
			settings[i].flag ? no_argument : required_argument,
			NULL, FIRST_LONG + i };
		if (settings[i].letter == 0)
			continue;
		*shorts++ = settings[i].letter;
		if (!settings[i].flag)
			*shorts++ = ':';
	}
	longs[n] = (struct option){ NULL, 0, NULL, 0 };
	*shorts = '\0';
}

static int
by_letter(int c)
{
	for (int i = 0; i < SET_COUNT; i++)
		if (settings[i].letter != 0 && settings[i].letter == c)
			return i;
	return -1;
}

static enum rc
bad_option(int c, char **argv, struct err *e)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const bool whole = optopt <= 0 || optopt >= FIRST_LONG;
	const char *const word = whole ? argv[optind - 1] : letter;
	const char *names[SET_COUNT + 1];
	char hint[NEAREST_HINT];
	size_t n = 0;

	if (c == ':')
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "option %s needs a value", argv[optind - 1]);
	for (int i = 0; i < SET_COUNT; i++)
		if (settings[i].option != NULL)
			names[n++] = settings[i].option;
	names[n] = NULL;
	return err_set(e, RC_FATAL, WHY_USAGE, "unknown option %s%s", word,
	    nearest_hint(hint, word, names));
}

static enum rc
read_arguments(struct options *o, int argc, char **argv, struct err *e)
{
	struct option longs[SET_COUNT + 1];
	char shorts[SET_COUNT * 2 + 2];

	make_table(longs, shorts);
	opterr = 0;
	for (;;) {
		const int c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == -1)
			break;
		if (c == '?' || c == ':')
			return bad_option(c, argv, e);
		const int i = c >= FIRST_LONG ? c - FIRST_LONG : by_letter(c);
		o->value[i] = settings[i].flag ? "1" : optarg;
		o->from[i] = FROM_LINE;
	}
	o->operands = argv + optind;
	o->n = argc - optind;
	return RC_OK;
}

static const struct {
	const char *word;
	enum command command;
} commands[] = {
	{ "push", COMMAND_PUSH },
	{ "plan", COMMAND_PLAN },
	{ "probe", COMMAND_PROBE },
	{ "status", COMMAND_STATUS },
	{ "retry-dead", COMMAND_RETRY_DEAD },
	{ "reconcile", COMMAND_RECONCILE },
	{ "dcr", COMMAND_DCR },
};

const char *
options_command(const struct options *o)
{
	if (o->command == COMMAND_PUSH && o->value[SET_DRY_RUN] != NULL)
		return "plan";
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (commands[i].command == o->command)
			return commands[i].word;
	return "";
}

static const char *const words[] = { "push", "plan", "probe", "status",
	"retry-dead", "reconcile", "dcr", "help", NULL };

/* "help COMMAND" and "COMMAND --help". */
static enum rc
take_help(struct options *o, struct err *e)
{
	const bool word = o->n > 0 && strcmp(o->operands[0], "help") == 0;
	const int i = word && o->value[SET_HELP] == NULL ? 1 : 0;

	o->help = true;
	o->topic = i < o->n ? o->operands[i] : NULL;
	if (load_help(o->topic) != NULL)
		return RC_OK;
	const char *const topic = o->topic;
	o->topic = NULL;
	if (!word)
		return RC_OK; /* a staging, say */
	char hint[NEAREST_HINT];
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "no help for %s: the commands are push, plan, probe, status, "
	    "retry-dead, reconcile and dcr%s",
	    topic, nearest_hint(hint, topic, words));
}

/* A first word that is neither a command nor a path, but nearly a command. */
static enum rc
refuse_command(const char *word, struct err *e)
{
	const char *const near = nearest_word(word, words);

	if (near == NULL || strpbrk(word, "/.") != NULL ||
	    access(word, F_OK) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s is neither a command nor a staging (did you mean %s?)", word,
	    near);
}

/* The first word is a command only if it is one of these names. */
static enum rc
take_command(struct options *o, struct err *e)
{
	const char *const word = o->n > 0 ? o->operands[0] : "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(word, commands[i].word) != 0)
			continue;
		o->command = commands[i].command;
		o->operands++;
		o->n--;
		return RC_OK;
	}
	return refuse_command(word, e);
}

enum rc
options_read(struct options *o, int argc, char **argv, struct err *e)
{
	memset(o, 0, sizeof(*o));
	read_environment(o);
	const enum rc rc = read_arguments(o, argc, argv, e);
	if (rc != RC_OK)
		return rc;
	if (o->value[SET_HELP] != NULL ||
	    (o->n > 0 && strcmp(o->operands[0], "help") == 0))
		return take_help(o, e);
	return take_command(o, e);
}

/* --- the configuration file ---------------------------------------------- */

static enum rc
take_setting(struct options *o, const struct cJSON *v, struct err *e)
{
	const char *const name = json_name(v);
	int i = 0;

	while (i < SET_COUNT &&
	       (settings[i].key == NULL || strcmp(settings[i].key, name) != 0))
		i++;
	if (strcmp(name, "client_secret") == 0 ||
	    strcmp(name, "client_certificate_password") == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: a secret does not belong there, see "
		    "%s_file",
		    o->value[SET_CONFIG], name);
	if (i == SET_COUNT)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: target %s has an unknown setting \"%.60s\"",
		    o->value[SET_CONFIG], o->value[SET_TARGET], name);
	const char *const text = json_setting(v, o->numbers[i]);
	if (text == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: \"%s\" of target %s must be a text or a number",
		    o->value[SET_CONFIG], name, o->value[SET_TARGET]);
	if (o->value[i] == NULL) {
		o->value[i] = text;
		o->from[i] = FROM_FILE;
	}
	return RC_OK;
}

static enum rc
take_target(struct options *o, struct err *e)
{
	const char *const wanted = o->value[SET_TARGET];
	const struct cJSON *const all = json_get(o->config, "targets");
	const struct cJSON *const target = json_get(all, wanted);

	if (!json_is_object(all))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s has no object \"targets\"", o->value[SET_CONFIG]);
	if (target == NULL)
		return RC_OK; /* it may be one of the built-in names */
	if (!json_is_object(target))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: target %s must be an object", o->value[SET_CONFIG],
		    wanted);
	for (const struct cJSON *v = json_first(target); v != NULL;
	     v = json_next(v))
		if (take_setting(o, v, e) != RC_OK)
			faults_add_err(&o->faults, FROM_FILE, e);
	err_clear(e);
	return RC_OK;
}

enum rc
options_config(struct options *o, struct err *e)
{
	const char *const path = o->value[SET_CONFIG];
	struct buf text;

	if (path == NULL || o->value[SET_TARGET] == NULL)
		return RC_OK;
	buf_init(&text, CONFIG_MAX);
	enum rc rc = io_slurp(AT_FDCWD, path, &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), path, &o->config, e);
	buf_reset(&text);
	if (rc == RC_OK)
		return take_target(o, e);
	e->why = WHY_USAGE;
	return rc;
}

void
options_free(struct options *o)
{
	json_free(o->config);
	o->config = NULL;
}

/* --- numbers ------------------------------------------------------------- */

enum rc
options_number(const struct options *o, const struct number *n, unsigned *out,
    struct err *e)
{
	const char *const text = o->value[n->setting];
	char label[OPTIONS_LABEL];
	char *end = NULL;

	*out = n->otherwise * n->scale;
	if (text == NULL)
		return RC_OK;
	const double v = strtod(text, &end);
	const double scaled = v * n->scale;
	const bool whole = scaled == floor(scaled);
	if (end == text || *end != '\0' || !(v >= n->min) || v > n->max ||
	    (n->scale == 1 && !whole) || strpbrk(text, "xXpPiInN \t") != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s must be a number from %u to %u: %.60s",
		    options_label(o, n->setting, label), n->min, n->max, text);
	*out = (unsigned)scaled;
	return RC_OK;
}

/* --- amounts ------------------------------------------------------------- */

struct unit {
	const char *name;
	uint64_t scale;
};

static const struct unit times[] = { { "", 1000 }, { "s", 1000 },
	{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };

#define KILO UINT64_C(1000)
#define KIBI UINT64_C(1024)
static const struct unit sizes[] = { { "", 1 }, { "B", 1 }, { "k", KILO },
	{ "K", KILO }, { "M", KILO *KILO }, { "G", KILO *KILO *KILO },
	{ "T", KILO *KILO *KILO *KILO }, { "Ki", KIBI }, { "ki", KIBI },
	{ "Mi", KIBI *KIBI }, { "Gi", KIBI *KIBI *KIBI },
	{ "Ti", KIBI *KIBI *KIBI *KIBI }, { NULL, 0 } };

/* Digits with or without a decimal point; nothing else that strtod takes. */
static bool
read_digits(const char *text, double *v, const char **end)
{
	const size_t n = strspn(text, "0123456789.");
	char digits[32];
	char *stop = NULL;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	*v = strtod(digits, &stop);
	*end = text + n;
	return *stop == '\0';
}

enum rc
options_amount(const struct options *o, enum setting s, enum amount what,
    uint64_t *out, struct err *e)
{
	const struct unit *u = what == AMOUNT_TIME ? times : sizes;
	const char *const text = o->value[s];
	char label[OPTIONS_LABEL];
	const char *end = NULL;
	double v = 0;

	*out = 0;
	if (text == NULL)
		return RC_OK;
	if (read_digits(text, &v, &end))
		while (u->name != NULL && strcmp(u->name, end) != 0)
			u++;
	v *= (double)u->scale;
	if (end == NULL || u->name == NULL || v < 1 || v > 1e15)
		return err_set(e, RC_FATAL, WHY_USAGE, "%s must be %s: %.60s",
		    options_label(o, s, label),
		    what == AMOUNT_TIME
			? "a time like 90, 90s, 15m, 2h or 1d"
			: "an amount like 500, 64k, 2M or 1.5G (bytes)",
		    text);
	*out = (uint64_t)v;
	return RC_OK;
}
