/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "http/answer_head.h"
#include "http/http.h"
#include "http/url.h"
#include "util/buf.h"
#include "util/clock.h"

#define CONNECT_MS 30000L
/* Maximum addition to the timeout for a slow body. */
#define SLOW_MAX_MS 86400000U

/* One request in flight, and its answer. */
struct slot {
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *connect;
	void *tag; /* tag of the request; NULL: the slot is free */
	struct span body;
	/* Number of bytes of the request's body that curl has read. */
	size_t sent;
	struct buf answer;
	struct answer_head head;
	bool truncated; /* the answer's body exceeded the maximum */
	bool done;
	CURLcode code;
	char reason[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	struct http_options options;
	struct slot *slots;
	unsigned in_flight;
};

/* --- callbacks of curl --------------------------------------------------- */

static size_t
read_body(char *to, size_t size, size_t n, void *arg)
{
	struct slot *const s = arg;
	const size_t left = s->body.n - s->sent;
	const size_t count = size * n < left ? size * n : left;

	memcpy(to, s->body.p + s->sent, count);
	s->sent += count;
	return count;
}

/* When a reused connection is closed without an answer, curl rewinds the body
 * and sends the request again. The server may have processed the first request,
 * so refuse to rewind after a part of the body was sent: the caller decides
 * whether to send it again. */
static int
rewind_body(void *arg, curl_off_t offset, int origin)
{
	const struct slot *const s = arg;

	return origin == SEEK_SET && offset == 0 && s->sent == 0
		   ? CURL_SEEKFUNC_OK
		   : CURL_SEEKFUNC_FAIL;
}

static size_t
write_answer(char *from, size_t size, size_t n, void *arg)
{
	struct slot *const s = arg;

	buf_put(&s->answer, span_of(from, size * n));
	if (!s->answer.full)
		return size * n;
	const size_t room = s->answer.max - s->answer.n;
	buf_cut(&s->answer, s->answer.n);
	buf_put(&s->answer, span_of(from, room));
	s->truncated = true;
	return 0;
}

static size_t
write_header(char *from, size_t size, size_t n, void *arg)
{
	struct slot *const s = arg;
	const struct span line = span_of(from, size * n);
	long status = 0;

	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	/* Returning 0 also closes the connection, so that no other answer is
	 * read from a peer that sends invalid ones. */
	return answer_head_add_line(&s->head, line, status) ? line.n : 0;
}

/* --- create and destroy -------------------------------------------------- */

static enum rc
setup_failed(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_FOREIGN, "cannot set up libcurl");
}

enum rc
http_check_proxy(const char *url, struct err *e)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h" };
	CURLU *const parsed = url != NULL ? curl_url() : NULL;
	char *scheme = NULL;
	bool valid = url == NULL;

	if (parsed != NULL &&
	    curl_url_set(parsed, CURLUPART_URL, url,
		CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK)
		(void)curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		valid = valid ||
			(scheme != NULL && strcmp(scheme, schemes[i]) == 0);
	curl_free(scheme);
	curl_url_cleanup(parsed);
	if (valid)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the proxy is not a valid URL such as http://proxy.example:8080 "
	    "(not shown: it may hold a password)");
}

static enum rc
set_up(struct http *h, const struct http_options *options, struct err *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return setup_failed(e);
	const enum rc rc = http_check_proxy(options->proxy, e);
	if (rc != RC_OK)
		return rc;
	h->options = *options;
	if (h->options.body_max == 0)
		h->options.body_max = HTTP_BODY_MAX;
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		return setup_failed(e);
	h->slots = calloc(options->window, sizeof(*h->slots));
	if (h->slots == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < options->window; i++) {
		buf_init(&h->slots[i].answer, h->options.body_max);
		h->slots[i].easy = curl_easy_init();
		if (h->slots[i].easy == NULL)
			return setup_failed(e);
	}
	/* HTTP/1.1 needs one connection for each request in flight. */
	(void)curl_multi_setopt(
	    h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->window);
	return RC_OK;
}

enum rc
http_create(const struct http_options *options, struct http **hp, struct err *e)
{
	struct http *const h = calloc(1, sizeof(*h));

	*hp = NULL;
	if (h == NULL)
		return err_nomem(e);
	const enum rc rc = set_up(h, options, e);
	if (rc != RC_OK) {
		http_destroy(h);
		return rc;
	}
	*hp = h;
	return RC_OK;
}

static void
free_lists(struct slot *s)
{
	curl_slist_free_all(s->headers);
	curl_slist_free_all(s->connect);
	s->headers = NULL;
	s->connect = NULL;
}

void
http_destroy(struct http *h)
{
	if (h == NULL)
		return;
	for (unsigned i = 0; h->slots != NULL && i < h->options.window; i++) {
		struct slot *const s = &h->slots[i];
		if (s->tag != NULL && !s->done)
			(void)curl_multi_remove_handle(h->multi, s->easy);
		curl_easy_cleanup(s->easy);
		free_lists(s);
		buf_reset(&s->answer);
	}
	(void)curl_multi_cleanup(h->multi);
	free(h->slots);
	free(h);
}

/* --- requests ------------------------------------------------------------ */

/* Forget the previous request; keep connections and TLS sessions. */
static void
reset_slot(struct slot *s)
{
	CURL *const easy = s->easy;

	curl_easy_reset(easy);
	buf_cut(&s->answer, 0);
	s->sent = 0;
	s->truncated = false;
	s->done = false;
	answer_head_reset(&s->head);
	s->reason[0] = '\0';
	(void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
	(void)curl_easy_setopt(easy, CURLOPT_READDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
	(void)curl_easy_setopt(easy, CURLOPT_SEEKDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_answer);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, write_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
	/* A proxy's answer to CONNECT is not the answer of the service. */
	(void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->reason);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
}

/* Set the options of protocol, TLS and proxy. */
static void
set_security(const struct http *h, CURL *easy, const struct http_request *r)
{
	bool plain = false;
	struct err e;

	(void)url_check(r->url, "", &plain, &e);
	plain = plain || (r->local && strncmp(r->url, "http://", 7) == 0 &&
			     url_check_local(r->url, "", &e) == RC_OK);
#if LIBCURL_VERSION_NUM >= 0x075500
	(void)curl_easy_setopt(
	    easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
#else
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
	    (long)(plain ? CURLPROTO_HTTP : CURLPROTO_HTTPS));
#endif
	(void)curl_easy_setopt(
	    easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(
	    easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(
	    easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->options.ca_file != NULL) {
		(void)curl_easy_setopt(
		    easy, CURLOPT_CAINFO, h->options.ca_file);
		(void)curl_easy_setopt(
		    easy, CURLOPT_PROXY_CAINFO, h->options.ca_file);
	}
	if (h->options.proxy != NULL)
		(void)curl_easy_setopt(easy, CURLOPT_PROXY, h->options.proxy);
	/* Requests to this machine must not go through a proxy. */
	if (plain)
		(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

static enum rc
set_route(struct slot *s, const struct http_route *route, struct err *e)
{
	char to[600];

	(void)snprintf(to, sizeof(to), "::%.500s", route->connect);
	s->connect = curl_slist_append(NULL, to);
	if (s->connect == NULL)
		return err_nomem(e);
	struct curl_blob ca = { route->ca->p, route->ca->n, CURL_BLOB_COPY };
	(void)curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, s->connect);
	(void)curl_easy_setopt(s->easy, CURLOPT_NOPROXY, "*");
	if (route->ca->n > 0 &&
	    curl_easy_setopt(s->easy, CURLOPT_CAINFO_BLOB, &ca) != CURLE_OK)
		return err_nomem(e);
	return RC_OK;
}

static enum rc
set_headers(struct slot *s, const char *const *headers, struct err *e)
{
	/* Do not wait for 100 Continue before the body. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (const char *const *p = headers; list && *p; p++) {
		struct curl_slist *const more = curl_slist_append(list, *p);
		if (more == NULL)
			curl_slist_free_all(list);
		list = more;
	}
	s->headers = list;
	if (list == NULL)
		return err_nomem(e);
	(void)curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, list);
	return RC_OK;
}

static enum rc
set_request(const struct http *h, struct slot *s, const struct http_request *r,
    struct err *e)
{
	const uint64_t rate = h->options.bytes_a_second;
	const uint64_t slow_ms = rate == 0 ? 0 : r->body.n * 1000 / rate;
	const long timeout =
	    r->timeout_ms > 0
		? (long)r->timeout_ms
		: (long)(h->options.timeout_ms +
			 (slow_ms < SLOW_MAX_MS ? slow_ms : SLOW_MAX_MS));
	CURL *const easy = s->easy;

	reset_slot(s);
	set_security(h, easy, r);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "evtxbackfill");
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    timeout < CONNECT_MS ? timeout : CONNECT_MS);
	(void)curl_easy_setopt(
	    easy, r->get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
	if (!r->get)
		(void)curl_easy_setopt(
		    easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
	(void)curl_easy_setopt(
	    easy, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)rate);
	s->body = r->body;
	if (curl_easy_setopt(easy, CURLOPT_URL, r->url) != CURLE_OK)
		return err_nomem(e);
	const enum rc rc = r->route != NULL ? set_route(s, r->route, e) : RC_OK;
	return rc == RC_OK ? set_headers(s, r->headers, e) : rc;
}

enum rc
http_start(struct http *h, const struct http_request *request, struct err *e)
{
	unsigned i = 0;

	while (i < h->options.window && h->slots[i].tag != NULL)
		i++;
	if (i == h->options.window)
		return err_set(
		    e, RC_FATAL, WHY_LIMIT, "too many requests in flight");
	struct slot *const s = &h->slots[i];
	const enum rc rc = set_request(h, s, request, e);
	if (rc != RC_OK)
		return rc;
	if (curl_multi_add_handle(h->multi, s->easy) != CURLM_OK)
		return setup_failed(e);
	s->tag = request->tag;
	h->in_flight++;
	return RC_OK;
}

unsigned
http_in_flight(const struct http *h)
{
	return h->in_flight;
}

/* --- answers ------------------------------------------------------------- */

/* For a header line of 100 KB, curl fails before it calls write_header(). The
 * error is CURLE_TOO_LARGE since version 8.6, CURLE_OUT_OF_MEMORY before; the
 * headers of older versions do not define the former. */
#define CODE_TOO_LARGE 100

static bool
are_headers_too_long(const struct slot *s)
{
	if (s->head.bytes > HTTP_HEADERS_MAX)
		return true;
	return s->sent == s->body.n && !s->head.whole &&
	       (s->code == CURLE_OUT_OF_MEMORY ||
		   (int)s->code == CODE_TOO_LARGE);
}

static void
finish(struct http *h, struct slot *s, CURLcode code)
{
	const char *url = NULL;

	(void)curl_multi_remove_handle(h->multi, s->easy);
	s->code = code;
	s->done = true;
	if (!are_headers_too_long(s))
		return;
	(void)curl_easy_getinfo(s->easy, CURLINFO_EFFECTIVE_URL, &url);
	const char *const sep = url != NULL ? strstr(url, "://") : NULL;
	const char *const host = sep != NULL ? sep + 3 : "";
	const size_t host_n = strcspn(host, "/?#");
	(void)snprintf(s->reason, sizeof(s->reason),
	    "the answer of %.*s has more than %u bytes of headers",
	    (int)(host_n < 150 ? host_n : 150), host, HTTP_HEADERS_MAX);
}

/* Finish the requests that curl has finished; false if there are none. */
static bool
collect(struct http *h)
{
	bool any = false;
	int left = 0;

	for (;;) {
		const CURLMsg *const m = curl_multi_info_read(h->multi, &left);
		if (m == NULL)
			return any;
		if (m->msg != CURLMSG_DONE)
			continue;
		const CURLcode code = m->data.result;
		struct slot *s = NULL;
		(void)curl_easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
		finish(h, s, code);
		any = true;
	}
}

enum rc
http_wait(struct http *h, int64_t ms, struct err *e)
{
	int running = 0;

	CURLMcode code = curl_multi_perform(h->multi, &running);
	if (code == CURLM_OK && !collect(h)) {
		const int wait = ms > INT_MAX ? INT_MAX : (int)ms;
		code = curl_multi_poll(
		    h->multi, NULL, 0, wait < 0 ? 0 : wait, NULL);
		if (code == CURLM_OK)
			code = curl_multi_perform(h->multi, &running);
		(void)collect(h);
	}
	if (code != CURLM_OK)
		return err_set(e, RC_FATAL, WHY_FOREIGN, "libcurl: %s",
		    curl_multi_strerror(code));
	return RC_OK;
}

void
http_wake(struct http *h)
{
	(void)curl_multi_wakeup(h->multi);
}

/* True if the request would fail in the same way again. A TLS handshake that
 * ends with an alert would; one that breaks off may succeed next time. After a
 * part of the request was sent nothing is final: curl calls an answer that is
 * not HTTP an unsupported protocol, too. */
static bool
is_final(const struct slot *s)
{
	if (s->sent > 0)
		return false;
	switch ((int)s->code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return true;
	case CURLE_SSL_CONNECT_ERROR:
		return strstr(s->reason, "alert") != NULL ||
		       strstr(s->reason, "version") != NULL ||
		       strstr(s->reason, "protocol") != NULL;
	default:
		return false;
	}
}

static enum http_fate
fate_of(const struct slot *s)
{
	const bool ended = s->code == CURLE_OK || s->truncated;

	if (ended && s->head.whole)
		return HTTP_ANSWERED;
	if (is_final(s))
		return HTTP_REFUSED;
	return s->sent < s->body.n ? HTTP_UNSENT : HTTP_LOST;
}

static const char *
reason_of(const struct slot *s)
{
	if (are_headers_too_long(s))
		return s->reason;
	if (s->code == CURLE_SEND_FAIL_REWIND)
		return "the connection was closed without an answer";
	/* curl's message would contain the URL with its password. */
	if (strncmp(s->reason, "Unsupported proxy", 17) == 0)
		return "the proxy in the environment is not a valid URL";
	if (s->code == CURLE_OK || s->head.odd)
		return "the answer is incomplete or not valid HTTP";
	return s->reason[0] != '\0' ? s->reason : curl_easy_strerror(s->code);
}

bool
http_next_answer(struct http *h, struct http_answer *out)
{
	unsigned i = 0;

	while (i < h->options.window &&
	       (h->slots[i].tag == NULL || !h->slots[i].done))
		i++;
	if (i == h->options.window)
		return false;
	struct slot *const s = &h->slots[i];
	*out = (struct http_answer){ .fate = fate_of(s),
		.wait_ms = s->head.wait_ms,
		.id = s->head.id,
		.challenge = s->head.challenge,
		.reason = reason_of(s),
		.tag = s->tag };
	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &out->status);
	if (out->fate == HTTP_ANSWERED)
		out->body = buf_span(&s->answer);
	free_lists(s);
	s->tag = NULL;
	h->in_flight--;
	return true;
}

void
http_cancel_all(struct http *h)
{
	for (unsigned i = 0; i < h->options.window; i++)
		if (h->slots[i].tag != NULL && !h->slots[i].done)
			finish(h, &h->slots[i], CURLE_ABORTED_BY_CALLBACK);
}

const char *
http_version(void)
{
	return curl_version();
}
