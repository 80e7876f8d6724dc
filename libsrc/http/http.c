/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <curl/curl.h>

#include "http/answer_head.h"
#include "http/http.h"
#include "http/url.h"
#include "util/buf.h"
#include "util/clock.h"

#define CONNECT_MS 30000L
#define SLOW_MAX_MS 86400000U /* of a slow body */

/* One request in flight, and its answer. */
struct slot {
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *connect;
	void *tag; /* NULL: free */
	struct span body;
	size_t given; /* bytes of the body handed to curl */
	struct buf answer;
	struct answer_head head;
	bool cut; /* we ended the answer's body ourselves */
	bool done;
	CURLcode code;
	char reason[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	struct http_options options;
	struct slot *slots;
	unsigned busy;
};

/* --- what curl calls ----------------------------------------------------- */

static size_t
give_body(char *to, size_t size, size_t n, void *arg)
{
	struct slot *const s = arg;
	const size_t left = s->body.n - s->given;
	const size_t take = size * n < left ? size * n : left;

	memcpy(to, s->body.p + s->given, take);
	s->given += take;
	return take;
}

/* curl sends a request again by itself when a connection it reused is closed
 * without an answer. The server may have worked on it all the same, so once a
 * part of the body is out only we may decide that. */
static int
seek_body(void *arg, curl_off_t offset, int origin)
{
	const struct slot *const s = arg;

	return origin == SEEK_SET && offset == 0 && s->given == 0
		   ? CURL_SEEKFUNC_OK
		   : CURL_SEEKFUNC_FAIL;
}

static size_t
take_body(char *from, size_t size, size_t n, void *arg)
{
	struct slot *const s = arg;

	buf_put(&s->answer, span_of(from, size * n));
	if (!s->answer.full)
		return size * n;
	const size_t room = s->answer.max - s->answer.n;
	buf_cut(&s->answer, s->answer.n);
	buf_put(&s->answer, span_of(from, room));
	s->cut = true;
	return 0;
}

static size_t
take_header(char *from, size_t size, size_t n, void *arg)
{
	struct slot *const s = arg;
	const struct span line = span_of(from, size * n);
	long status = 0;

	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	/* Giving up also ends the connection: a peer that talks like this is
	 * not asked for another answer on it. */
	return answer_head_add_line(&s->head, line, status) ? line.n : 0;
}

/* --- create and destroy -------------------------------------------------- */

static enum rc
foreign(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_FOREIGN, "libcurl could not be set up");
}

static enum rc
make_slots(struct http *h, struct err *e)
{
	h->slots = calloc(h->options.window, sizeof(*h->slots));
	if (h->slots == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < h->options.window; i++) {
		buf_init(&h->slots[i].answer, h->options.body_max);
		h->slots[i].easy = curl_easy_init();
		if (h->slots[i].easy == NULL)
			return foreign(e);
	}
	return RC_OK;
}

/* An address may hold a password: it is never shown. */
static bool
is_proxy(const char *text)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h" };
	CURLU *const url = curl_url();
	char *scheme = NULL;
	bool known = false;

	if (url != NULL &&
	    curl_url_set(url, CURLUPART_URL, text,
		CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK)
		(void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		known = known ||
			(scheme != NULL && strcmp(scheme, schemes[i]) == 0);
	curl_free(scheme);
	curl_url_cleanup(url);
	return known;
}

enum rc
http_check_proxy(const char *url, struct err *e)
{
	if (url == NULL || is_proxy(url))
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the proxy is not a valid URL such as http://proxy.example:8080 "
	    "(not shown: it may hold a password)");
}

enum rc
http_create(const struct http_options *options, struct http **hp, struct err *e)
{
	struct http *const h = calloc(1, sizeof(*h));

	*hp = NULL;
	if (h == NULL)
		return err_nomem(e);
	h->options = *options;
	if (h->options.body_max == 0)
		h->options.body_max = HTTP_BODY_MAX;
	enum rc rc = RC_OK;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		rc = foreign(e);
	if (rc == RC_OK)
		rc = http_check_proxy(options->proxy, e);
	if (rc == RC_OK) {
		h->multi = curl_multi_init();
		rc = h->multi == NULL ? foreign(e) : make_slots(h, e);
	}
	if (rc != RC_OK) {
		http_destroy(h);
		return rc;
	}
	/* One connection a request in flight: HTTP/1.1 as set below. */
	(void)curl_multi_setopt(
	    h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->window);
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

/* --- one request --------------------------------------------------------- */

static void
set_transport(const struct http *h, CURL *easy, const struct http_request *r)
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
	/* What stays on this machine must not go to a proxy. */
	if (plain)
		(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

static enum rc
set_route(struct slot *s, const struct http_route *route, struct err *e)
{
	CURL *const easy = s->easy;
	char to[600];

	if (route == NULL)
		return RC_OK;
	(void)snprintf(to, sizeof(to), "::%.500s", route->connect);
	s->connect = curl_slist_append(NULL, to);
	if (s->connect == NULL)
		return err_nomem(e);
	struct curl_blob ca = { route->ca->p, route->ca->n, CURL_BLOB_COPY };
	(void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, s->connect);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	if (route->ca->n > 0 &&
	    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca) != CURLE_OK)
		return err_nomem(e);
	return RC_OK;
}

static void
set_callbacks(struct slot *s)
{
	CURL *const easy = s->easy;

	(void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
	(void)curl_easy_setopt(easy, CURLOPT_READDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
	(void)curl_easy_setopt(easy, CURLOPT_SEEKDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	/* What a proxy answers to CONNECT is not the service's. */
	(void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->reason);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
}

static enum rc
set_headers(struct slot *s, const struct http_request *request, struct err *e)
{
	/* No pause before the body. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (const char *const *p = request->headers; list && *p; p++) {
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

static void
clear(struct slot *s)
{
	/* Keeps connections and sessions, forgets all options. */
	curl_easy_reset(s->easy);
	buf_cut(&s->answer, 0);
	s->given = 0;
	s->cut = false;
	s->done = false;
	answer_head_reset(&s->head);
	s->reason[0] = '\0';
}

static struct slot *
free_slot(const struct http *h)
{
	for (unsigned i = 0; i < h->options.window; i++)
		if (h->slots[i].tag == NULL)
			return &h->slots[i];
	return NULL;
}

/* What is to be slow must not be late for that. */
static long
timeout_of(const struct http *h, size_t bytes)
{
	const uint64_t rate = h->options.bytes_a_second;
	const uint64_t slow = rate == 0 ? 0 : (uint64_t)bytes * 1000 / rate;

	return (long)(h->options.timeout_ms +
		      (slow < SLOW_MAX_MS ? slow : SLOW_MAX_MS));
}

static enum rc
set_request(struct http *h, struct slot *s, const struct http_request *request,
    struct err *e)
{
	const long timeout = request->timeout_ms > 0
				 ? (long)request->timeout_ms
				 : timeout_of(h, request->body.n);

	clear(s);
	set_transport(h, s->easy, request);
	set_callbacks(s);
	(void)curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "evtxbackfill");
	(void)curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, timeout);
	(void)curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT_MS,
	    timeout < CONNECT_MS ? timeout : CONNECT_MS);
	(void)curl_easy_setopt(
	    s->easy, request->get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
	if (!request->get)
		(void)curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.n);
	(void)curl_easy_setopt(s->easy, CURLOPT_MAX_SEND_SPEED_LARGE,
	    (curl_off_t)h->options.bytes_a_second);
	s->body = request->body;
	if (curl_easy_setopt(s->easy, CURLOPT_URL, request->url) != CURLE_OK)
		return err_nomem(e);
	const enum rc rc = set_route(s, request->route, e);
	return rc == RC_OK ? set_headers(s, request, e) : rc;
}

enum rc
http_start(struct http *h, const struct http_request *request, struct err *e)
{
	struct slot *const s = free_slot(h);

	if (s == NULL)
		return err_set(e, RC_FATAL, WHY_LIMIT, "no room in the window");
	const enum rc rc = set_request(h, s, request, e);
	if (rc != RC_OK)
		return rc;
	if (curl_multi_add_handle(h->multi, s->easy) != CURLM_OK)
		return foreign(e);
	s->tag = request->tag;
	h->busy++;
	return RC_OK;
}

unsigned
http_in_flight(const struct http *h)
{
	return h->busy;
}

bool
http_has_room(const struct http *h)
{
	return h->busy < h->options.window;
}

/* --- answers ------------------------------------------------------------- */

/* curl ends at a line of 100 KB before we see any of it, with an error that
 * says "out of memory" before version 8.6. */
#define CODE_TOO_LARGE 100 /* CURLE_TOO_LARGE, since 8.6 */

static bool
is_head_too_long(const struct slot *s)
{
	if (s->head.bytes > HTTP_HEADERS_MAX)
		return true;
	return s->given == s->body.n && !s->head.whole &&
	       (s->code == CURLE_OUT_OF_MEMORY ||
		   (int)s->code == CODE_TOO_LARGE);
}

static void
say_head_too_long(struct slot *s)
{
	const char *url = NULL;

	(void)curl_easy_getinfo(s->easy, CURLINFO_EFFECTIVE_URL, &url);
	const char *const sep = url != NULL ? strstr(url, "://") : NULL;
	const char *const host = sep != NULL ? sep + 3 : "";
	(void)snprintf(s->reason, sizeof(s->reason),
	    "the answer of %.*s has a header over %u bytes",
	    (int)(strcspn(host, "/?#") < 150 ? strcspn(host, "/?#") : 150),
	    host, HTTP_HEADERS_MAX);
}

static void
end(struct http *h, struct slot *s, CURLcode code)
{
	(void)curl_multi_remove_handle(h->multi, s->easy);
	s->code = code;
	s->done = true;
	if (is_head_too_long(s))
		say_head_too_long(s);
}

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
		end(h, s, code);
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

/* A handshake that ends in an alert will end so again; one that breaks off may
 * not. What fails after a part of the request went out is another matter: curl
 * calls an answer that is not HTTP an unsupported protocol. */
static bool
is_final(const struct slot *s)
{
	if (s->given > 0)
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
	const bool ended = s->code == CURLE_OK || s->cut;

	if (ended && s->head.whole)
		return HTTP_ANSWERED;
	if (is_final(s))
		return HTTP_REFUSED;
	return s->given < s->body.n ? HTTP_UNSENT : HTTP_LOST;
}

static const char *
reason_of(const struct slot *s)
{
	if (is_head_too_long(s))
		return s->reason;
	if (s->code == CURLE_SEND_FAIL_REWIND)
		return "the connection ended without an answer";
	/* The environment's: curl would show it with its password. */
	if (strncmp(s->reason, "Unsupported proxy", 17) == 0)
		return "the proxy in the environment is not a valid URL";
	if (s->code == CURLE_OK || s->head.odd)
		return "the answer broke off or is not valid HTTP";
	return s->reason[0] != '\0' ? s->reason : curl_easy_strerror(s->code);
}

static void
fill(const struct slot *s, struct http_answer *out)
{
	*out = (struct http_answer){ .wait_ms = s->head.wait_ms,
		.id = s->head.id,
		.challenge = s->head.challenge,
		.reason = reason_of(s),
		.tag = s->tag };
	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &out->status);
	out->fate = fate_of(s);
	if (out->fate == HTTP_ANSWERED)
		out->body = buf_span(&s->answer);
}

bool
http_next_answer(struct http *h, struct http_answer *out)
{
	for (unsigned i = 0; i < h->options.window; i++) {
		struct slot *const s = &h->slots[i];
		if (s->tag == NULL || !s->done)
			continue;
		fill(s, out);
		free_lists(s);
		s->tag = NULL;
		h->busy--;
		return true;
	}
	return false;
}

void
http_cancel_all(struct http *h)
{
	for (unsigned i = 0; i < h->options.window; i++)
		if (h->slots[i].tag != NULL && !h->slots[i].done)
			end(h, &h->slots[i], CURLE_ABORTED_BY_CALLBACK);
}

const char *
http_version(void)
{
	return curl_version();
}
