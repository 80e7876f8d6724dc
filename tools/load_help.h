/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of evtxload --help, help COMMAND and COMMAND --help. */
#ifndef TOOLS_LOAD_HELP_H
#define TOOLS_LOAD_HELP_H

/* The help of a command, or of the program if it is NULL. NULL if there is no
 * such command. */
const char *load_help(const char *command);

#endif
