/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plausible values: a small made-up domain (CORP, corp.example) of people,
 * machines and programs. `fill_scene` picks who does what for one event, the
 * generators say it in the type that a field wants.
 *
 * subject: sname ssid sdom slid         who acts
 * target:  tname tsid tdom tlid tupn tdn (user@REALM, CN=...) who is acted on
 * machine: mname msid host fqdn         WS01$, its SID, WS01, WS01.corp.example
 * address: ip ip6 (::ffff:...) port server (an address of ours) service
 * program: proc pproc cmd appname pid ppid device
 * AppLocker: apppath appfull appfqbn apprule appsddl appid
 * other:   guid realm utc hashes sha256 script handle rtid number len
 */
#ifndef MKEVTX_FILL_H
#define MKEVTX_FILL_H

#include <stddef.h>

#include "event.h"
#include "rng.h"
#include "vals.h"
#include "value.h"

#define FILL_NONE (-1)

struct fill;

struct fill *fill_create(void);
void fill_destroy(struct fill *f);

/* The number of a generator; ends the program if there is none. */
int fill_find(const char *name, size_t n);
int fill_length(void); /* that of "len" */

void fill_scene(struct fill *f, struct rng *rng, const struct event *e);
void fill_value(
    struct fill *f, int generator, struct value_type type, struct vals *out);

#endif
