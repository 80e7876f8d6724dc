/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the run is, for the caller's progress bar.
 */
#ifndef CONVERT_PROGRESS_H
#define CONVERT_PROGRESS_H

#include "convert/options.h"

struct progress {
	const struct convert_watch *watch;
	struct convert_progress now;
};

/* Report; `more` bytes of the current input are read but not counted yet. */
void progress_report(const struct progress *p, uint64_t more);

#endif
