/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evtxload was told: by its command line, the environment and the
 * configuration file, in this order of weight.
 */
#ifndef TOOLS_LOAD_OPTIONS_H
#define TOOLS_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/load_faults.h"
#include "util/err.h"

struct cJSON;

enum setting {
	SET_TARGET,
	SET_CONFIG,
	SET_ENDPOINT,
	SET_DCR,
	SET_STREAM,
	SET_CA_FILE,
	SET_PROXY,
	SET_INSECURE_HTTP,
	SET_STATE,
	SET_JOBS,
	SET_MAX_WAIT,
	SET_TIMEOUT,
	SET_RETRY_DELAY,
	SET_ROLE_WAIT,
	SET_ON_AMBIGUOUS,
	SET_MAX_DEAD,
	SET_TPSLIMIT,
	SET_BWLIMIT,
	SET_MAX_TRANSFER,
	SET_MAX_DURATION,
	SET_TIME_POLICY,
	SET_BATCH_SPAN,
	SET_AUTH,
	SET_TOKEN_FD,
	SET_ROW,
	SET_WORKSPACE,
	SET_QUERY_ENDPOINT,
	SET_RESEND,
	SET_SETTLE,
	SET_SCHEMA,
	SET_TABLE,
	SET_SYSTEM_COLUMNS,
	SET_MINIMAL_COLUMNS,
	SET_FUNCTION,
	SET_PROGRESS,
	SET_DRY_RUN,
	SET_WITHOUT_RECOVERED,
	SET_ERROR_IF_EMPTY,
	SET_JSON,
	SET_QUIET,
	SET_VERBOSE,
	SET_HELP,
	SET_VERSION,
	/* Without an option of their own: */
	SET_TYPE,
	SET_PATH,
	SET_TENANT,
	SET_CLIENT,
	SET_AUTHORITY,
	SET_SECRET,
	SET_SECRET_FILE,
	SET_SECRET_FD,
	SET_CERT_FILE,
	SET_CERT_PASSWORD,
	SET_CERT_PASSWORD_FILE,
	SET_CERT_PASSWORD_FD,
	SET_CERT_CHAIN,
	SET_CERT_ALGORITHM,
	SET_MANAGED_CLIENT,
	SET_MANAGED_OBJECT,
	SET_MANAGED_RESOURCE,
	SET_SERVICE_CONNECTION,
	SET_TOKEN_CREDENTIALS,
	SET_IDENTITY_ENDPOINT,
	SET_IDENTITY_HEADER,
	SET_IMDS_ENDPOINT,
	SET_IMDS_HOST,
	SET_FEDERATED_FILE,
	SET_TOKEN_PROXY,
	SET_TOKEN_PROXY_SNI,
	SET_TOKEN_PROXY_CA_FILE,
	SET_TOKEN_PROXY_CA_DATA,
	SET_GITHUB_URL,
	SET_GITHUB_TOKEN,
	SET_PIPELINES_URL,
	SET_PIPELINES_TOKEN,
	SET_COUNT,
};

enum command {
	COMMAND_PUSH,
	COMMAND_PLAN,
	COMMAND_PROBE,
	COMMAND_STATUS,
	COMMAND_RETRY_DEAD,
	COMMAND_RECONCILE,
	COMMAND_DCR,
};

struct options {
	enum command command;
	bool help;         /* show the help, of the topic or of the program */
	const char *topic; /* a command, or NULL */
	const char *value[SET_COUNT]; /* NULL: not set; a flag is "1" */
	enum origin from[SET_COUNT];
	struct faults faults; /* of the configuration file */
	char **operands;
	int n;
	struct cJSON *config;        /* owns what came from the file */
	char numbers[SET_COUNT][32]; /* and this what was a number there */
};

/* Read argv and the environment. WHY_USAGE with a sentence on failure. */
enum rc options_read(struct options *o, int argc, char **argv, struct err *e);

/* Read the configuration file and add what it says of the target. Settings
 * that make no sense are added to o->faults. */
enum rc options_config(struct options *o, struct err *e);
void options_free(struct options *o);

/* A setting as a whole number within limits, or its default. */
struct number {
	enum setting setting;
	unsigned min, max, otherwise;
	unsigned scale; /* the result is the number times this */
};

enum rc options_number(const struct options *o, const struct number *n,
    unsigned *out, struct err *e);

/* A setting as an amount, 0 if it is not set: bytes (500, 64k, 2M, 1.5G; with
 * an i, 64Ki, in powers of 1024), or seconds (90, 90s, 15m, 2h, 1d) given back
 * in milliseconds. */
enum amount { AMOUNT_BYTES, AMOUNT_TIME };
enum rc options_amount(const struct options *o, enum setting s,
    enum amount what, uint64_t *out, struct err *e);

/* The name of a command. */
const char *options_command(const struct options *o);

/* The name of a setting: its option without dashes, variable or key. */
const char *options_name(enum setting s);

/* The same as its user wrote it: --jobs, EVTXLOAD_JOBS, or "jobs" of the
 * configuration file. */
#define OPTIONS_LABEL 64
const char *options_label(
    const struct options *o, enum setting s, char out[OPTIONS_LABEL]);

#endif
