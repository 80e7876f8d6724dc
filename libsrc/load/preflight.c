/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/preflight.h"
#include "load/row_time.h"

void
preflight_init(struct preflight *p, const struct sink_value_limits *rules,
    int64_t now, bool arrival)
{
	memset(p, 0, sizeof(*p));
	p->rules = rules;
	p->arrival = arrival;
	if (rules == NULL)
		return;
	now += ROW_TIME_EPOCH;
	p->oldest = (uint64_t)(now - rules->oldest_s) * ROW_TIME_SECOND;
	p->newest = (uint64_t)(now + rules->newest_s) * ROW_TIME_SECOND;
	p->hour_ago = (uint64_t)(now - 3600) * ROW_TIME_SECOND;
}

void
preflight_add(struct load_preflight *to, const struct load_preflight *more)
{
	to->restamped += more->restamped;
	to->times_lost += more->times_lost;
	to->stamped += more->stamped;
	to->old += more->old;
	to->recent += more->recent;
	to->young += more->young;
	to->ahead += more->ahead;
	to->truncated += more->truncated;
	to->truncated_fields += more->truncated_fields;
	if (to->first_time == 0 ||
	    (more->first_time != 0 && more->first_time < to->first_time))
		to->first_time = more->first_time;
	if (more->last_time > to->last_time)
		to->last_time = more->last_time;
}

static void
count_time(struct preflight *p, struct span line, uint64_t time)
{
	struct load_preflight *const c = &p->counts;

	if (c->first_time == 0 || time < c->first_time)
		c->first_time = time;
	if (time > c->last_time)
		c->last_time = time;
	if (time < p->oldest)
		c->old++;
	else if (time < p->hour_ago)
		c->recent++;
	else if (time <= p->newest)
		c->young++;
	else
		c->ahead++;
	const bool in_window = time >= p->oldest && time <= p->newest;
	if (in_window && !p->arrival)
		return;
	const bool kept = row_time_is_kept(line);
	/* Rows without TimeCreated_CF do not get the time of sending. */
	c->stamped += p->arrival && kept;
	if (in_window || (p->arrival && kept))
		return;
	c->restamped++;
	c->times_lost += !kept;
}

/* Returns the UTF-8 length of the escape \u with these four digits. Each half
 * of a surrogate pair counts two, since a pair is four bytes. */
static unsigned
bytes_of_escape(const uint8_t *digits)
{
	const bool high = digits[0] != '0';
	const bool surrogate =
	    (digits[0] == 'd' || digits[0] == 'D') && digits[1] >= '8';

	if (surrogate)
		return 2;
	if (high || digits[1] >= '8')
		return 3;
	return digits[1] != '0' || digits[2] >= '8' ? 2 : 1;
}

/* Return the place after the JSON string that starts at p; *bytes is the size
 * of its text. */
static const uint8_t *
skip_string(const uint8_t *p, const uint8_t *end, uint64_t *bytes)
{
	uint64_t n = 0;

	p++;
	while (p < end && *p != '"') {
		if (*p == '\\' && end - p > 5 && p[1] == 'u') {
			n += bytes_of_escape(p + 2);
			p += 6;
			continue;
		}
		p += *p == '\\' ? 2 : 1;
		n++;
	}
	*bytes = n;
	return p < end ? p + 1 : end;
}

/* Count the values of the outermost object that are over the limit: strings by
 * the bytes of their text, objects and arrays by the bytes of their JSON. The
 * line is assumed to be valid JSON; other lines are only miscounted. */
static void
count_long_values(struct preflight *p, struct span line)
{
	const uint8_t *const end = line.p + line.n;
	const uint8_t *nested = line.p; /* start of an object or array */
	uint64_t n = 0;
	unsigned depth = 0;

	for (const uint8_t *at = line.p; at < end;) {
		uint64_t bytes = 0;
		if (*at == '"') {
			at = skip_string(at, end, &bytes);
			const bool is_name = at < end && *at == ':';
			n += depth == 1 && !is_name &&
			     bytes > p->rules->field_max;
			continue;
		}
		if ((*at == '{' || *at == '[') && ++depth == 2)
			nested = at;
		if ((*at == '}' || *at == ']') && --depth == 1)
			n += (uint64_t)(at + 1 - nested) > p->rules->field_max;
		at++;
	}
	p->counts.truncated_fields += n;
	p->counts.truncated += n > 0;
}

void
preflight_count(struct preflight *p, struct span line, uint64_t time)
{
	if (p->rules == NULL)
		return;
	if (time != 0)
		count_time(p, line, time);
	if (line.n > p->rules->field_max)
		count_long_values(p, line);
}
