/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record counts of a source, a chunk or a run. Every record that is found is
 * counted by exactly one term of
 *
 *   found = emitted + sum of filtered + duplicate + damaged
 *
 * Records carved from free space are not part of this sum. They are counted in
 * recovered (one line each), recovered_filtered or recovered_damaged. The other
 * members count:
 *
 *   regions         damaged byte ranges without a record header
 *   unchecked       emitted records of chunks with wrong checksums
 *   hidden          records inside of another record
 *   repaired        records read after a repair
 *   borrowed        records with a template of another chunk
 *   inferred        lines with the time of another record
 *   disagreements   records that two decoders read differently
 *   one_sided       records that only one of two decoders could read
 *   conflicts       lines with the RecordKey of a different line
 *   other_channels  emitted records of channels that do not belong to the table
 *                   of the schema
 */
#ifndef STAGE_ACCOUNT_H
#define STAGE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_REASONS 12U

struct account {
	uint64_t found;
	uint64_t emitted;
	uint64_t filtered[ACCOUNT_REASONS]; /* records that filters excluded,
				       one count for each reason; the caller
				       names them */
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
	/* BinXML names that were used although their stored hash is wrong. */
	uint64_t names;
	uint64_t inferred;
	uint64_t long_fields; /* values longer than the limit of
				 schema/value_limit.h */
	uint64_t disagreements;
	uint64_t one_sided;
	uint64_t conflicts;
	uint64_t other_channels;
	/* Earliest time of a record as FILETIME; 0: no record has a time. */
	uint64_t first_time;
	/* Latest time of a record as FILETIME; 0: no record has a time. */
	uint64_t last_time;
};

void account_add(struct account *to, const struct account *from);

/* Update first_time and last_time with the time of a record. 0: it has none. */
void account_time(struct account *a, uint64_t filetime);

uint64_t account_filtered(const struct account *a);

/* True if the equation at the top of this file holds. */
bool account_closes(const struct account *a);

#endif
