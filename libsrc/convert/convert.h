/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversion of sources to lines. The main thread reads the sources into
 * jobs of a few chunks, workers convert jobs to lines, and the main thread
 * collects the lines in order, so the output does not depend on the number of
 * workers.
 */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include "convert/options.h"
#include "input/walk.h"
#include "stage/manifest.h"
#include "stage/writer.h"

/* Convert all inputs in the order of the list, and the members of an archive in
 * the order of the archive. Sets the counts of m. A source that cannot be read
 * is listed with its error. Fails if the output cannot be written, memory is
 * exhausted or the caller has asked to stop (WHY_STOPPED); with require_all
 * also if a source cannot be read. */
enum rc convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e);

#endif
