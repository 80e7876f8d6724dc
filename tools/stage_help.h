/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of evtxstage --help, help COMMAND and COMMAND --help. */
#ifndef TOOLS_STAGE_HELP_H
#define TOOLS_STAGE_HELP_H

/* The commands, ended by NULL, for messages that suggest one. */
extern const char *const stage_help_commands[];

/* The help of a command, or of the program if it is NULL. NULL if there is no
 * such command. */
const char *stage_help(const char *command);

#endif
