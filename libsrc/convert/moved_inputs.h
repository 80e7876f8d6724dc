/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs of an interrupted run that lie under another inode, or have other
 * times, when it is resumed: a copy was put back, or the evidence was mounted
 * elsewhere. All that the run had read is read again and its digests compared.
 */
#ifndef CONVERT_MOVED_INPUTS_H
#define CONVERT_MOVED_INPUTS_H

#include "convert/inner.h"

/* The run was read from its checkpoint. WHY_EXISTS: the bytes are others, or
 * nobody can tell. */
enum rc moved_inputs_check(struct run *r, struct err *e);

#endif
