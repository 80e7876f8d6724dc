/* SPDX-License-Identifier: Apache-2.0 */
#include <libdeflate.h>
#include <sys/stat.h>

#include "schema/table.h"
#include "tests/unit/scripted.h"
#include "util/clock.h"
#include "util/digest.h"

#define FLIGHTS 64U
#define LONGEST_MS (INT64_C(40) * 24 * 3600 * 1000)
#define PLAIN_MAX (1U << 20)
#define SECRET "scripted-secret-0123456789abcdef"

/* A request in flight. */
struct flight {
	bool busy;
	void *tag;
	unsigned entry; /* index of its entry in the journal */
};

static struct scripted *now_scripted; /* the transport has no argument */
static struct flight flights[FLIGHTS];
static int64_t clock_at;
static bool woken;
static unsigned tokens_given;
static char token_body[256];

/* --- the clock ------------------------------------------------------------ */

int64_t
scripted_ms(void)
{
	return clock_at;
}

static int64_t
wall(void)
{
	return INT64_C(1800000000) + clock_at / 1000;
}

static const struct clock scripted_clock = { scripted_ms, wall };

/* --- what a request carries ----------------------------------------------- */

/* Note the records of a compressed body, identified by their keys. */
static void
read_records(struct scripted_entry *entry, struct span body)
{
	struct libdeflate_decompressor *const d =
	    libdeflate_alloc_decompressor();
	char *const plain = malloc(PLAIN_MAX);
	const char *p = plain;
	size_t n = 0;

	assert_non_null(d);
	assert_non_null(plain);
	assert_int_equal(libdeflate_gzip_decompress(
			     d, body.p, body.n, plain, PLAIN_MAX - 1, &n),
	    LIBDEFLATE_SUCCESS);
	plain[n] = '\0';
	assert_int_equal(plain[0], '[');
	assert_int_equal(plain[n - 1], ']');
	for (; (p = strstr(p, "\"RecordKey_CF\":\"")) != NULL; entry->n++) {
		p += strlen("\"RecordKey_CF\":\"");
		const unsigned number =
		    (unsigned)strtoul(p + 24, NULL, 16); /* the last digits */
		if (entry->n == 0)
			entry->first = number;
		assert_int_equal(number, entry->first + entry->n);
	}
	libdeflate_free_decompressor(d);
	free(plain);
}

static unsigned
bearer_of(const char *const *headers)
{
	for (; headers != NULL && *headers != NULL; headers++)
		if (strncmp(*headers, "Authorization: Bearer token-", 28) == 0)
			return (unsigned)strtoul(*headers + 28, NULL, 10);
	return 0;
}

/* --- the transport -------------------------------------------------------- */

static enum rc
create(const struct http_options *options, struct http **hp, struct err *e)
{
	(void)options;
	(void)e;
	memset(flights, 0, sizeof(flights));
	woken = false;
	*hp = (struct http *)(void *)flights;
	return RC_OK;
}

static void
destroy(struct http *h)
{
	(void)h;
}

static struct flight *
free_flight(void)
{
	for (unsigned i = 0; i < FLIGHTS; i++)
		if (!flights[i].busy)
			return &flights[i];
	fail_msg("too many requests in flight");
	return flights;
}

static unsigned
busy(const struct http *h)
{
	unsigned n = 0;

	(void)h;
	for (unsigned i = 0; i < FLIGHTS; i++)
		n += flights[i].busy;
	return n;
}

static enum rc
start(struct http *h, const struct http_request *request, struct err *e)
{
	struct scripted *const s = now_scripted;
	struct flight *const f = free_flight();
	const bool token = strstr(request->url, "/oauth2/") != NULL;

	(void)e;
	assert_true(s->n < SCRIPTED_JOURNAL);
	struct scripted_entry *const entry = &s->journal[s->n];
	*entry = (struct scripted_entry){ .token = token,
		.number = scripted_requests(s, token) + 1,
		.start_ms = clock_at,
		.bearer = bearer_of(request->headers),
		.bytes = request->body.n,
		.reply = { HTTP_ANSWERED, token ? 200 : 204, HTTP_NO_WAIT, 20,
		    true, NULL } };
	if (!token)
		read_records(entry, request->body);
	if (s->answer != NULL)
		s->answer(s->arg, entry, &entry->reply);
	entry->end_ms = clock_at + entry->reply.after_ms;
	*f = (struct flight){ true, request->tag, s->n++ };
	if (!token && busy(h) > s->busiest)
		s->busiest = busy(h);
	return RC_OK;
}

/* The request whose answer comes first. */
static struct flight *
next_flight(void)
{
	struct flight *next = NULL;

	for (unsigned i = 0; i < FLIGHTS; i++) {
		if (!flights[i].busy)
			continue;
		if (next == NULL ||
		    now_scripted->journal[flights[i].entry].end_ms <
			now_scripted->journal[next->entry].end_ms)
			next = &flights[i];
	}
	return next;
}

static enum rc
wait_for(struct http *h, int64_t ms, struct err *e)
{
	const struct flight *const next = next_flight();
	int64_t until = clock_at + ms;

	(void)h;
	(void)e;
	if (woken) {
		woken = false;
		return RC_OK;
	}
	if (next != NULL && now_scripted->journal[next->entry].end_ms < until)
		until = now_scripted->journal[next->entry].end_ms;
	if (until > clock_at)
		clock_at = until;
	assert_true(clock_at < LONGEST_MS);
	return RC_OK;
}

static void
wake(struct http *h)
{
	(void)h;
	woken = true;
}

static const char *
usual_body(const struct scripted_entry *entry)
{
	if (!entry->token || entry->reply.status != 200)
		return "";
	(void)snprintf(token_body, sizeof(token_body),
	    "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
	    "\"access_token\":\"token-%04u-0123456789abcdefghij\"}",
	    ++tokens_given);
	return token_body;
}

static void
fill_answer(struct flight *f, struct http_answer *out)
{
	struct scripted *const s = now_scripted;
	const struct scripted_entry *const entry = &s->journal[f->entry];
	const struct scripted_reply *const r = &entry->reply;

	f->busy = false;
	*out = (struct http_answer){ .fate = r->fate,
		.status = r->status,
		.wait_ms = r->wait_ms,
		.body = span_str(r->body != NULL ? r->body : usual_body(entry)),
		.id = "",
		.reason = r->fate == HTTP_ANSWERED ? "" : "scripted",
		.tag = f->tag };
	if (entry->token || !r->stored)
		return;
	for (unsigned i = 0; i < entry->n; i++)
		s->stored[entry->first + i]++;
}

static bool
take(struct http *h, struct http_answer *out)
{
	struct flight *const next = next_flight();

	(void)h;
	if (next == NULL ||
	    now_scripted->journal[next->entry].end_ms > clock_at)
		return false;
	fill_answer(next, out);
	return true;
}

/* Requests in flight lose their answers. */
static void
end_all(struct http *h)
{
	(void)h;
	for (unsigned i = 0; i < FLIGHTS; i++) {
		if (!flights[i].busy)
			continue;
		struct scripted_entry *const entry =
		    &now_scripted->journal[flights[i].entry];
		entry->reply.fate = HTTP_LOST;
		entry->end_ms = clock_at;
	}
}

static const struct transport scripted_transport = { create, destroy, start,
	busy, wait_for, wake, take, end_all };

static const struct load_environment environment = { &scripted_clock,
	&scripted_transport, 1 };

/* --- the staging ---------------------------------------------------------- */

static void
put_segment(struct scripted *s, unsigned number, struct buf *json)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	char name[40];
	struct buf rows;

	buf_init(&rows, PLAIN_MAX);
	for (unsigned i = 0; i < SCRIPTED_ROWS; i++)
		buf_fmt(&rows,
		    "{\"TimeGenerated\":\"2027-01-15T08:00:00.0000000Z\","
		    "\"Computer\":\"WS1\",\"EventID\":4624,"
		    "\"RecordKey_CF\":\"%032x\"}\n",
		    number * SCRIPTED_ROWS + i);
	assert_ok(digest_once(buf_span(&rows), sum, &s->e));
	digest_hex(sum, sizeof(sum), hex);
	(void)snprintf(name, sizeof(name), "segments/%06u.ndjson", number + 1);
	buf_fmt(json,
	    "%s{\"name\":\"%s\",\"sha256\":\"%s\",\"bytes\":%zu,"
	    "\"lines\":%u}",
	    number == 0 ? "" : ",", name, hex, rows.n, SCRIPTED_ROWS);
	file_write(in(s->dir, name), buf_span(&rows));
	buf_reset(&rows);
}

static void
make_staging(struct scripted *s)
{
	struct buf json;

	buf_init(&json, PLAIN_MAX);
	assert_int_equal(mkdir(in(s->dir, "segments"), 0700), 0);
	buf_str(&json, "{\"schema\":\"securityevent\",\"segments\":[");
	for (unsigned i = 0; i < SCRIPTED_BATCHES; i++)
		put_segment(s, i, &json);
	buf_fmt(&json, "],\"accounting\":{\"emitted\":%u}}", SCRIPTED_RECORDS);
	file_write(in(s->dir, "manifest.json"), buf_span(&json));
	buf_reset(&json);
}

void
scripted_begin(struct scripted *s)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	/* Checkpoints are synced, which takes no time in a file system in
	 * memory. */
	if (stat("/dev/shm", &st) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	temp_make(s->dir);
	(void)snprintf(s->state, sizeof(s->state), "%s/load", s->dir);
	make_staging(s);
	assert_ok(reader_open(s->dir, &s->reader, &s->e));
	s->staging =
	    (struct load_staging){ s->reader, schema_table("securityevent") };
	s->target = (struct load_target){ .sink = "sentinel",
		.state = s->state,
		.endpoint = "https://scripted.example",
		.dcr = "dcr-0123456789abcdef0123456789abcdef",
		.stream = "Custom-SecurityEvent",
		.auth.value = { [AUTH_TENANT] =
				    "00000000-0000-0000-0000-000000000000",
		    [AUTH_CLIENT] = "00000000-0000-0000-0000-000000000000",
		    [AUTH_SECRET] = SECRET },
		.jobs = 1,
		.timeout_ms = 60000,
		.retry_ms = 1000,
		.wait_ms = 900000,
		.max_dead = 10000,
		.limits = { .keep_times = true } };
	clock_at = 1000000;
}

void
scripted_end(struct scripted *s)
{
	reader_close(s->reader);
	temp_remove(s->dir);
}

int
scripted_setup(void **state)
{
	scripted_begin(*state);
	return 0;
}

int
scripted_teardown(void **state)
{
	scripted_end(*state);
	return helper_teardown(state);
}

void
scripted_reset(struct scripted *s)
{
	if (file_there(s->state))
		temp_remove(s->state);
	memset(s->stored, 0, sizeof(s->stored));
	s->n = 0;
	s->busiest = 0;
	s->notes[0] = '\0';
}

static void
note(void *arg, const char *text)
{
	struct scripted *const s = arg;
	const size_t n = strlen(s->notes);

	(void)snprintf(s->notes + n, sizeof(s->notes) - n, "%s\n", text);
}

static enum rc
push(struct scripted *s, bool retry_dead)
{
	const struct load_run run = { .target = &s->target,
		.stagings = &s->staging,
		.n = 1,
		.environment = &environment,
		.retry_dead = retry_dead,
		.note = note,
		.arg = s };

	now_scripted = s;
	err_clear(&s->e);
	const enum rc rc = load_push(&run, &s->report, &s->e);
	assert_null(strstr(s->notes, SECRET));
	assert_null(strstr(s->notes, "token-0"));
	return rc;
}

enum rc
scripted_push(struct scripted *s)
{
	return push(s, false);
}

enum rc
scripted_retry_dead(struct scripted *s)
{
	return push(s, true);
}

/* --- what there is -------------------------------------------------------- */

unsigned
scripted_present(const struct scripted *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SCRIPTED_RECORDS; i++)
		n += s->stored[i] > 0;
	return n;
}

unsigned
scripted_doubled(const struct scripted *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SCRIPTED_RECORDS; i++)
		n += s->stored[i] > 1;
	return n;
}

unsigned
scripted_requests(const struct scripted *s, bool tokens)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += s->journal[i].token == tokens;
	return n;
}
