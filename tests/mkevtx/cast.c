/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "text.h"
#include "value.h"

/* The text `fmt` with `a` in the place of its first %. */
static struct cast_text
units(const char *fmt, const char *a)
{
	struct buf out = { 0 };
	const size_t before = strcspn(fmt, "%");
	char s[400];

	(void)snprintf(s, sizeof(s), "%.*s%s%s", (int)before, fmt,
	    fmt[before] == '%' ? a : "",
	    fmt[before] == '%' ? fmt + before + 1 : "");
	text_plain(&out, s);
	return (struct cast_text){ out.p, out.n };
}

static void
domain_sid(struct buf *out, size_t rid)
{
	char s[80];

	(void)snprintf(s, sizeof(s), "%s-%zu", WORLD_DOMAIN_SID, rid);
	value_sid(out, s, strlen(s));
}

static void
make_people(struct cast *c)
{
	for (size_t i = 0; i < WORLD_USERS; i++) {
		struct cast_user *const u = &c->users[i];
		const char *const n = world_users[i];

		u->name = units("%", n);
		u->upn = units("%@CORP.EXAMPLE", n);
		u->dn = units("CN=%,CN=Users,DC=corp,DC=example", n);
		domain_sid(&u->sid, i + 1 == WORLD_USERS ? 500 : 1101 + i);
	}
	for (size_t i = 0; i < WORLD_MACHINES; i++) {
		struct cast_machine *const m = &c->machines[i];
		const char *const n = world_machines[i];

		m->name = units("%", n);
		m->account = units("%$", n);
		m->fqdn = units("%.corp.example", n);
		domain_sid(&m->sid, 1001 + i);
	}
	for (size_t i = 0; i < WORLD_ADDRESSES; i++) {
		const char *const a = world_addresses[i];

		c->addresses[i] = units("%", a);
		c->mapped[i] =
		    units(strchr(a, ':') == NULL ? "::ffff:%" : "%", a);
	}
}

static void
make_programs(struct cast *c)
{
	for (size_t i = 0; i < WORLD_PROGRAMS; i++) {
		struct cast_program *const p = &c->programs[i];
		const struct world_program *const w = &world_programs[i];

		p->image = units("%", w->image);
		p->name = units("%", w->name);
		p->command = units("%", w->command);
		p->parent = units("%", w->parent);
		p->device = units("\\device\\harddiskvolume2%", w->image + 2);
	}
	for (size_t i = 0; i < WORLD_APPS; i++) {
		struct cast_app *const p = &c->apps[i];
		const struct world_app *const w = &world_apps[i];

		p->rule = units("%", w->rule);
		p->sddl = units("%", w->sddl);
		p->path = units("%", w->path);
		p->full = units("%", w->full);
		p->fqbn = units("%", w->fqbn);
		value_guid(&p->id, w->id, strlen(w->id));
	}
}

void
cast_init(struct cast *c)
{
	make_people(c);
	make_programs(c);
	c->domain = units("%", "CORP");
	c->realm = units("%", "CORP.EXAMPLE");
}

void
cast_reset(struct cast *c)
{
	for (size_t i = 0; i < WORLD_USERS; i++) {
		free(c->users[i].name.units);
		free(c->users[i].upn.units);
		free(c->users[i].dn.units);
		buf_free(&c->users[i].sid);
	}
	for (size_t i = 0; i < WORLD_MACHINES; i++) {
		free(c->machines[i].name.units);
		free(c->machines[i].account.units);
		free(c->machines[i].fqdn.units);
		buf_free(&c->machines[i].sid);
	}
	for (size_t i = 0; i < WORLD_ADDRESSES; i++) {
		free(c->addresses[i].units);
		free(c->mapped[i].units);
	}
	for (size_t i = 0; i < WORLD_PROGRAMS; i++) {
		free(c->programs[i].image.units);
		free(c->programs[i].name.units);
		free(c->programs[i].command.units);
		free(c->programs[i].parent.units);
		free(c->programs[i].device.units);
	}
	for (size_t i = 0; i < WORLD_APPS; i++) {
		free(c->apps[i].rule.units);
		free(c->apps[i].sddl.units);
		free(c->apps[i].path.units);
		free(c->apps[i].full.units);
		free(c->apps[i].fqbn.units);
		buf_free(&c->apps[i].id);
	}
	free(c->domain.units);
	free(c->realm.units);
}
