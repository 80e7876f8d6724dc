/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The made-up domain behind the plausible values: tables of people, machines,
 * addresses and programs. Addresses are those kept for documentation and
 * private networks.
 */
#ifndef MKEVTX_WORLD_H
#define MKEVTX_WORLD_H

#define WORLD_USERS 12
#define WORLD_MACHINES 10
#define WORLD_ADDRESSES 14
#define WORLD_PROGRAMS 8
#define WORLD_APPS 5

#define WORLD_DOMAIN_SID "S-1-5-21-1004336348-1177238915-682003330"

struct world_app {
	const char *id;
	const char *rule;
	const char *sddl;
	const char *path;
	const char *full;
	const char *fqbn;
};

struct world_program {
	const char *image;
	const char *name;
	const char *command;
	const char *parent;
};

extern const char *const world_users[WORLD_USERS];
extern const char *const world_machines[WORLD_MACHINES];
extern const char *const world_addresses[WORLD_ADDRESSES];
extern const struct world_program world_programs[WORLD_PROGRAMS];
extern const struct world_app world_apps[WORLD_APPS];

/* Lines for script blocks; ends with NULL. */
extern const char *const world_script[];

#endif
