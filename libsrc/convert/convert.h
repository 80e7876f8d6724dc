/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversion: sources in, lines out. The main thread reads and digests the
 * sources piece by piece into jobs, workers turn jobs into lines, and the main
 * thread collects them in order, so the output does not depend on the number of
 * workers.
 */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include "convert/options.h"
#include "input/walk.h"
#include "stage/manifest.h"
#include "stage/writer.h"

/* Convert all inputs in the order of the list, and the members of an archive in
 * the order of the archive. The counts of the run go into m. A source that
 * cannot be read is listed with its error. Fails for output, memory, and with
 * WHY_STOPPED; with require_all also for such a source. */
enum rc convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e);

#endif
