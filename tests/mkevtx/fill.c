/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "clock.h"
#include "fill.h"
#include "text.h"

enum generator {
	G_SNAME,
	G_SSID,
	G_SDOM,
	G_SLID,
	G_TNAME,
	G_TSID,
	G_TDOM,
	G_TLID,
	G_TUPN,
	G_TDN,
	G_MNAME,
	G_MSID,
	G_HOST,
	G_FQDN,
	G_IP,
	G_IP6,
	G_SERVER,
	G_PORT,
	G_SERVICE,
	G_PROC,
	G_PPROC,
	G_CMD,
	G_APPNAME,
	G_PID,
	G_PPID,
	G_DEVICE,
	G_APPPATH,
	G_APPFULL,
	G_APPFQBN,
	G_APPRULE,
	G_APPSDDL,
	G_APPID,
	G_GUID,
	G_REALM,
	G_UTC,
	G_HASHES,
	G_SHA256,
	G_SCRIPT,
	G_HANDLE,
	G_RTID,
	G_NUMBER,
	G_LEN,
	G_COUNT
};

static const char *const names[G_COUNT] = { "sname", "ssid", "sdom", "slid",
	"tname", "tsid", "tdom", "tlid", "tupn", "tdn", "mname", "msid", "host",
	"fqdn", "ip", "ip6", "server", "port", "service", "proc", "pproc",
	"cmd", "appname", "pid", "ppid", "device", "apppath", "appfull",
	"appfqbn", "apprule", "appsddl", "appid", "guid", "realm", "utc",
	"hashes", "sha256", "script", "handle", "rtid", "number", "len" };

struct fill {
	struct cast cast;

	/* The scene of the event at hand. */
	struct rng *rng;
	uint64_t time;
	uint64_t slid;
	uint64_t tlid;
	uint64_t pid;
	const struct cast_user *subject;
	const struct cast_user *target;
	const struct cast_machine *machine;
	const struct cast_program *program;
	const struct cast_app *app;
	size_t address;
};

struct fill *
fill_create(void)
{
	struct fill *const f = calloc(1, sizeof(*f));

	if (f == NULL)
		buf_die(1, "out of memory");
	cast_init(&f->cast);
	return f;
}

void
fill_destroy(struct fill *f)
{
	if (f == NULL)
		return;
	cast_reset(&f->cast);
	free(f);
}

int
fill_find(const char *name, size_t n)
{
	for (int i = 0; i < G_COUNT; i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return i;
	buf_die(2, "unknown generator: @%.*s", (int)n, name);
}

int
fill_length(void)
{
	return G_LEN;
}

void
fill_scene(struct fill *f, struct rng *rng, const struct event *e)
{
	f->rng = rng;
	f->time = e->time;
	f->subject = &f->cast.users[rng_below(rng, WORLD_USERS)];
	f->target = &f->cast.users[rng_below(rng, WORLD_USERS)];
	f->machine = &f->cast.machines[rng_below(rng, WORLD_MACHINES)];
	f->program = &f->cast.programs[rng_below(rng, WORLD_PROGRAMS)];
	f->app = &f->cast.apps[rng_below(rng, WORLD_APPS)];
	f->address = rng_below(rng, WORLD_ADDRESSES);
	f->slid = 0x10000 + rng_below(rng, 0x1000000);
	f->tlid = 0x10000 + rng_below(rng, 0x1000000);
	f->pid = 4 * (100 + rng_below(rng, 3000));
}

static void
put_text(struct vals *out, struct cast_text t, struct value_type type)
{
	static const uint8_t nul[2] = { 0, 0 };

	vals_add(out, type.code, t.units, t.bytes);
	if (type.nul) {
		buf_put(&out->bytes, nul, 2);
		vals_end(out);
	}
}

static void
put_ascii(struct vals *out, const char *s, struct value_type type)
{
	(void)vals_begin(out, type.code);
	buf_wide(&out->bytes, s);
	if (type.nul)
		buf_u16(&out->bytes, 0);
	vals_end(out);
}

static void
put_number(struct vals *out, uint64_t v, struct value_type type)
{
	char s[24];

	if (type.code != VALUE_STRING) {
		vals_number(out, type.code, v);
		return;
	}
	(void)snprintf(s, sizeof(s), "%" PRIu64, v);
	put_ascii(out, s, type);
}

static void
put_guid(struct fill *f, struct vals *out, struct value_type type)
{
	const uint64_t a = rng_next(f->rng);
	const uint64_t b = rng_next(f->rng);
	char s[40];

	if (type.code == VALUE_GUID) {
		(void)vals_begin(out, VALUE_GUID);
		buf_u64(&out->bytes, a);
		buf_u64(&out->bytes, b);
		vals_end(out);
		return;
	}
	(void)snprintf(s, sizeof(s), "%08x-%04x-%04x-%04x-%012" PRIx64,
	    (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
	    (unsigned)(a & 0xffff), (unsigned)(b >> 48), b & 0xffffffffffffU);
	put_ascii(out, s, type);
}

static void
put_utc(struct fill *f, struct vals *out, struct value_type type)
{
	struct clock_fields c;
	char s[96];

	clock_split(f->time, &c);
	(void)snprintf(s, sizeof(s), "%04u-%02u-%02u %02u:%02u:%02u.%03u",
	    c.year, c.month, c.day, c.hour, c.minute, c.second, c.milli);
	put_ascii(out, s, type);
}

static void
put_hex_run(struct fill *f, struct buf *out, size_t bytes)
{
	static const char digits[] = "0123456789ABCDEF";

	while (bytes > 0) {
		const uint64_t v = rng_next(f->rng);

		for (size_t i = 0; i < 16; i++)
			buf_u16(out, (unsigned char)digits[v >> (4 * i) & 0xf]);
		bytes = bytes < 8 ? 0 : bytes - 8;
	}
}

static void
put_hashes(struct fill *f, struct vals *out, struct value_type type)
{
	(void)vals_begin(out, type.code);
	buf_wide(&out->bytes, "SHA256=");
	put_hex_run(f, &out->bytes, 32);
	buf_wide(&out->bytes, ",IMPHASH=");
	put_hex_run(f, &out->bytes, 16);
	if (type.nul)
		buf_u16(&out->bytes, 0);
	vals_end(out);
}

static void
put_sha256(struct fill *f, struct vals *out, struct value_type type)
{
	(void)vals_begin(out, type.code);
	for (int i = 0; i < 4; i++)
		buf_u64(&out->bytes, rng_next(f->rng));
	vals_end(out);
}

/* Mostly short, now and then close to what fits into a record. */
static void
put_script(struct fill *f, struct vals *out, struct value_type type)
{
	const uint64_t most = rng_below(f->rng, 16) == 0 ? 14000 : 2500;
	const size_t want = 200 + rng_below(f->rng, most);
	size_t lines = 0;

	while (world_script[lines] != NULL)
		lines++;
	(void)vals_begin(out, type.code);
	const size_t from = out->bytes.n;
	while (out->bytes.n - from < want * 2)
		text_plain(&out->bytes, world_script[rng_below(f->rng, lines)]);
	if (type.nul)
		buf_u16(&out->bytes, 0);
	vals_end(out);
}

static const struct cast_text *
find_text(const struct fill *f, int g)
{
	switch (g) {
	case G_SNAME:
		return &f->subject->name;
	case G_TNAME:
		return &f->target->name;
	case G_SDOM:
	case G_TDOM:
		return &f->cast.domain;
	case G_TUPN:
		return &f->target->upn;
	case G_TDN:
		return &f->target->dn;
	case G_MNAME:
		return &f->machine->account;
	case G_HOST:
		return &f->machine->name;
	case G_FQDN:
		return &f->machine->fqdn;
	case G_IP:
		return &f->cast.addresses[f->address];
	case G_IP6:
		return &f->cast.mapped[f->address];
	case G_SERVER:
		return &f->cast.addresses[0];
	case G_REALM:
		return &f->cast.realm;
	case G_PROC:
		return &f->program->image;
	case G_PPROC:
		return &f->program->parent;
	case G_CMD:
		return &f->program->command;
	case G_APPNAME:
		return &f->program->name;
	case G_DEVICE:
		return &f->program->device;
	case G_APPPATH:
		return &f->app->path;
	case G_APPFULL:
		return &f->app->full;
	case G_APPFQBN:
		return &f->app->fqbn;
	case G_APPRULE:
		return &f->app->rule;
	case G_APPSDDL:
		return &f->app->sddl;
	default:
		return NULL;
	}
}

static const struct buf *
find_bytes(const struct fill *f, int g)
{
	switch (g) {
	case G_SSID:
		return &f->subject->sid;
	case G_TSID:
		return &f->target->sid;
	case G_MSID:
		return &f->machine->sid;
	case G_APPID:
		return &f->app->id;
	default:
		return NULL;
	}
}

static uint64_t
find_number(const struct fill *f, int g)
{
	static const unsigned services[] = { 53, 80, 88, 389, 443, 445, 3389 };

	switch (g) {
	case G_SLID:
		return f->slid;
	case G_TLID:
		return f->tlid;
	case G_PID:
		return f->pid;
	case G_PPID:
		return f->pid / 2 & ~3ULL;
	case G_PORT:
		return 49152 + rng_below(f->rng, 16384);
	case G_SERVICE:
		return services[rng_below(f->rng, 7)];
	case G_HANDLE:
		return 4 * (1 + rng_below(f->rng, 4000));
	case G_RTID:
		return 65000 + rng_below(f->rng, 5000);
	case G_NUMBER:
		return rng_below(f->rng, 65536);
	default:
		return 0;
	}
}

void
fill_value(
    struct fill *f, int generator, struct value_type type, struct vals *out)
{
	const struct cast_text *const t = find_text(f, generator);
	const struct buf *const b = find_bytes(f, generator);

	if (t != NULL)
		put_text(out, *t, type);
	else if (b != NULL)
		vals_add(out, type.code, b->p, b->n);
	else if (generator == G_GUID)
		put_guid(f, out, type);
	else if (generator == G_UTC)
		put_utc(f, out, type);
	else if (generator == G_HASHES)
		put_hashes(f, out, type);
	else if (generator == G_SHA256)
		put_sha256(f, out, type);
	else if (generator == G_SCRIPT)
		put_script(f, out, type);
	else
		put_number(out, find_number(f, generator), type);
}
