/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of world.h made ready for writing: texts as 16-bit units, SIDs
 * and GUIDs as bytes. `cast_reset` frees everything.
 */
#ifndef MKEVTX_CAST_H
#define MKEVTX_CAST_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "world.h"

struct cast_text {
	uint8_t *units;
	size_t bytes;
};

struct cast_user {
	struct cast_text name;
	struct cast_text upn;
	struct cast_text dn;
	struct buf sid;
};

struct cast_machine {
	struct cast_text name;
	struct cast_text account;
	struct cast_text fqdn;
	struct buf sid;
};

struct cast_program {
	struct cast_text image;
	struct cast_text name;
	struct cast_text command;
	struct cast_text parent;
	struct cast_text device;
};

struct cast_app {
	struct cast_text rule;
	struct cast_text sddl;
	struct cast_text path;
	struct cast_text full;
	struct cast_text fqbn;
	struct buf id;
};

struct cast {
	struct cast_user users[WORLD_USERS];
	struct cast_machine machines[WORLD_MACHINES];
	struct cast_text addresses[WORLD_ADDRESSES];
	struct cast_text mapped[WORLD_ADDRESSES];
	struct cast_program programs[WORLD_PROGRAMS];
	struct cast_app apps[WORLD_APPS];
	struct cast_text domain;
	struct cast_text realm;
};

void cast_init(struct cast *c);
void cast_reset(struct cast *c);

#endif
