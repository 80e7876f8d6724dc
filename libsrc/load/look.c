/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/look.h"
#include "util/filetime.h"

#define SECOND UINT64_C(10000000) /* of a FILETIME */
#define EPOCH INT64_C(11644473600)

/* With the quotes around it a name is found as such only: inside a text its
 * quotes would be escaped. */
#define GENERATED "\"TimeGenerated\":\""
#define CREATED "\"TimeCreated_CF\":\""

void
look_init(struct look *l, const struct sink_value_limits *rules, int64_t now)
{
	memset(l, 0, sizeof(*l));
	l->rules = rules;
	if (rules == NULL)
		return;
	l->oldest = (uint64_t)(now + EPOCH - rules->oldest_s) * SECOND;
	l->newest = (uint64_t)(now + EPOCH + rules->newest_s) * SECOND;
	l->hour_ago = (uint64_t)(now + EPOCH - 3600) * SECOND;
}

/* --- times --------------------------------------------------------------- */

static const uint8_t *
find(struct span line, struct span what)
{
	/* Where our schemas put it. */
	if (line.n > what.n && memcmp(line.p + 1, what.p, what.n) == 0)
		return line.p + 1;
	return memmem(line.p, line.n, what.p, what.n);
}

struct span
look_generated(struct span line)
{
	const uint8_t *p = find(line, SPAN(GENERATED));

	if (p == NULL)
		return span_of(NULL, 0);
	p += sizeof(GENERATED) - 1;
	const size_t left = (size_t)(line.p + line.n - p);
	const uint8_t *const end = memchr(p, '"', left);
	return end != NULL ? span_of(p, (size_t)(end - p)) : span_of(NULL, 0);
}

bool
look_time(struct span line, uint64_t *time)
{
	const struct span text = look_generated(line);

	return text.n > 0 && filetime_parse(text, time);
}

/* It stands near the end of a line, and lines are long. */
bool
look_tells(struct span line)
{
	const size_t tail = line.n < 256 ? line.n : 256;

	return memmem(line.p + line.n - tail, tail, CREATED,
		   sizeof(CREATED) - 1) != NULL ||
	       memmem(line.p, line.n, CREATED, sizeof(CREATED) - 1) != NULL;
}

static void
look_at_time(struct look *l, struct span line, uint64_t time)
{
	struct load_look *const c = &l->counts;

	if (c->first_time == 0 || time < c->first_time)
		c->first_time = time;
	if (time > c->last_time)
		c->last_time = time;
	if (time < l->oldest)
		c->old++;
	else if (time < l->hour_ago)
		c->recent++;
	else if (time <= l->newest)
		c->young++;
	else
		c->ahead++;
	const bool kept = time >= l->oldest && time <= l->newest;
	if (kept && !l->stamps)
		return;
	const bool told = look_tells(line);
	/* One without TimeCreated_CF is not stamped. */
	c->stamped += l->stamps && told;
	if (kept || (l->stamps && told))
		return;
	c->restamped++;
	c->untold += !told;
}

/* --- long values --------------------------------------------------------- */

/* The bytes of UTF-8 that \u and these digits stand for; each half of a pair
 * of surrogates is half of four. */
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

/* Behind the string that starts at p; the bytes of its text are in *bytes. */
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

/* The values of the outermost object: a text counts as it will be stored, what
 * is nested as its JSON. Valid JSON is assumed; anything else only miscounts.
 */
static void
look_at_values(struct look *l, struct span line)
{
	const uint8_t *const end = line.p + line.n;
	const uint8_t *value = line.p; /* where a nested one starts */
	uint64_t cut = 0;
	unsigned depth = 0;

	for (const uint8_t *p = line.p; p < end;) {
		uint64_t bytes = 0;
		if (*p == '"') {
			p = skip_string(p, end, &bytes);
			const bool name = p < end && *p == ':';
			cut +=
			    depth == 1 && !name && bytes > l->rules->field_max;
			continue;
		}
		if ((*p == '{' || *p == '[') && ++depth == 2)
			value = p;
		if ((*p == '}' || *p == ']') && --depth == 1)
			cut += (uint64_t)(p + 1 - value) > l->rules->field_max;
		p++;
	}
	l->counts.cut_fields += cut;
	l->counts.cut += cut > 0;
}

void
look_line(struct look *l, struct span line, uint64_t time)
{
	if (l->rules == NULL)
		return;
	if (time != 0)
		look_at_time(l, line, time);
	if (line.n > l->rules->field_max)
		look_at_values(l, line);
}
