/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. `options_help` is the manual of the program. */
#ifndef MKEVTX_OPTIONS_H
#define MKEVTX_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "writer.h"

struct options {
	struct writer_options file;
	const char *events;
	const char *describe;
	const char *computers;
	const char *channel;
	const char *odd;
	uint64_t odd_every;
	uint64_t start;
	uint64_t end;
	uint64_t count; /* 0: one round of the events */
	uint64_t size;  /* 0: no least size */
	uint64_t seed;
	bool nul;
};

/* Ends the program for --help and for mistakes. */
void options_parse(struct options *o, int argc, char **argv);

void options_help(void);

#endif
