/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress of a run, for the caller's progress bar.
 */
#ifndef CONVERT_PROGRESS_H
#define CONVERT_PROGRESS_H

#include "convert/options.h"

struct progress {
	const struct convert_watch *watch;
	struct convert_progress now;
};

/* Report the progress. `more` is the number of bytes of the current input that
 * were read but are not counted yet. */
void progress_report(const struct progress *p, uint64_t more);

#endif
