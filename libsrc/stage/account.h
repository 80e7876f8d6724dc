/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of records: every record that is found is counted by exactly one
 * term of
 *
 *   found = emitted + sum of filtered + duplicate + damaged
 *
 * Records carved from free space are outside of this sum and are counted as
 * recovered (one line each), recovered_filtered or recovered_damaged. The other
 * members count properties: damaged byte ranges without a record header
 * (regions), emitted records of chunks with wrong checksums (unchecked),
 * records inside of another one (hidden), records read after a repair
 * (repaired), records with a template of another chunk (borrowed), lines with
 * the time of another record (inferred), records that two decoders read
 * differently (disagreements) or only one could read (one_sided), lines with
 * the RecordKey of a different line (conflicts), and emitted records of
 * channels that do not belong to the table of the schema (other_channels).
 */
#ifndef STAGE_ACCOUNT_H
#define STAGE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_REASONS 12U

struct account {
	uint64_t found;
	uint64_t emitted;
	uint64_t
	    filtered[ACCOUNT_REASONS]; /* by reason; the caller names them */
	uint64_t duplicate;
	uint64_t damaged;
	uint64_t borrowed;
	uint64_t recovered;
	uint64_t recovered_filtered;
	uint64_t recovered_damaged;
	uint64_t regions;
	uint64_t unchecked;
	uint64_t hidden;
	uint64_t repaired;
	uint64_t names; /* used although their hash is wrong */
	uint64_t inferred;
	uint64_t long_fields; /* values over the limit: schema/value_limit.h */
	uint64_t disagreements;
	uint64_t one_sided;
	uint64_t conflicts;
	uint64_t other_channels;
	uint64_t first_time; /* the earliest and latest FILETIME; 0: none */
	uint64_t last_time;
};

void account_add(struct account *to, const struct account *from);

/* Add the time of a record, or 0. */
void account_time(struct account *a, uint64_t filetime);

uint64_t account_filtered(const struct account *a);

/* True if the sum above holds. */
bool account_closes(const struct account *a);

#endif
