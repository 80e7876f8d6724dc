/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tools/cli.h"
#include "tools/progress.h"

#define BAR 20U
#define REDRAW_MS 100U
#define COLUMNS 80U
#define FILE_SHOWN 200U

static uint64_t
now_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
progress_init(struct progress *p, enum progress_mode mode,
    enum progress_unit unit, uint64_t total)
{
	struct winsize size = { 0, 0, 0, 0 };

	memset(p, 0, sizeof(*p));
	p->on = total != 0 &&
		(mode == PROGRESS_ON ||
		    (mode == PROGRESS_AUTO && isatty(STDERR_FILENO) == 1));
	p->unit = unit;
	p->total = total;
	p->start_ms = now_ms();
	/* Some terminals wrap when the last column is written. */
	p->columns = COLUMNS - 1;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		p->columns = size.ws_col - 1U;
}

/* Format a size with at most three digits: 999 B, 1.2 KB, 34 MB. */
static void
put_bytes(char out[32], uint64_t n)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB",
		"PB" };
	double v = (double)n;
	size_t u = 0;

	while (v >= 999.5 && u + 1 < sizeof(units) / sizeof(*units)) {
		v /= 1000;
		u++;
	}
	(void)snprintf(
	    out, 32, u != 0 && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

/* Format "  183 MB/s  0:14 left"; nothing in the first second. */
static void
put_rate(char out[96], const struct progress *p, uint64_t done, uint64_t ms)
{
	char rate[CLI_COUNT_MAX];
	char left[32];

	out[0] = '\0';
	if (ms < 1000 || done == 0)
		return;
	const uint64_t a_second = (uint64_t)((double)done * 1000 / (double)ms);
	if (p->unit == PROGRESS_BYTES)
		put_bytes(rate, a_second);
	else
		(void)cli_count(rate, a_second);
	const unsigned long long s =
	    (unsigned long long)((double)(p->total - done) * (double)ms /
				 (double)done / 1000);
	if (s < 3600)
		(void)snprintf(
		    left, sizeof(left), "%llu:%02llu", s / 60, s % 60);
	else if (s < 360000)
		(void)snprintf(left, sizeof(left), "%llu:%02llu:%02llu",
		    s / 3600, s / 60 % 60, s % 60);
	else
		(void)snprintf(left, sizeof(left), "%llu days", s / 86400);
	(void)snprintf(out, 96, "  %s/s  %s left", rate, left);
}

/* Append "  1 234 567 records  .../Logs/Security.evtx", if it fits. */
static void
put_details(char *line, const struct progress_now *now, size_t columns)
{
	char count[CLI_COUNT_MAX];
	char shown[FILE_SHOWN];
	size_t n = strlen(line);

	if (now->records != 0 && n + 12 + CLI_COUNT_MAX < PROGRESS_LINE) {
		(void)cli_count(count, now->records);
		if (n + strlen(count) + 10 <= columns)
			n += (size_t)snprintf(
			    line + n, PROGRESS_LINE - n, "  %s records", count);
	}
	if (now->file == NULL || n + 12 > columns)
		return;
	(void)cli_tame(shown, sizeof(shown), now->file);
	const size_t room = columns - n - 2;
	const size_t length = strlen(shown);
	if (length <= room)
		(void)snprintf(line + n, PROGRESS_LINE - n, "  %s", shown);
	else
		(void)snprintf(line + n, PROGRESS_LINE - n, "  ...%s",
		    shown + length - (room - 3));
}

void
progress_line(char out[PROGRESS_LINE], const struct progress *p,
    const struct progress_now *now, uint64_t ms, size_t columns)
{
	const uint64_t done = now->done > p->total ? p->total : now->done;
	const size_t full = (size_t)((double)done / (double)p->total * BAR);
	char bar[BAR + 1];
	char amount[CLI_COUNT_MAX];
	char rate[96];

	memset(bar, ' ', BAR);
	memset(bar, '#', full);
	bar[BAR] = '\0';
	if (p->unit == PROGRESS_BYTES)
		put_bytes(amount, done);
	else
		(void)cli_count(amount, done);
	put_rate(rate, p, done, ms);
	(void)snprintf(out, PROGRESS_LINE, "[%s] %3u%%  %s%s%s", bar,
	    (unsigned)((double)done * 100 / (double)p->total), amount,
	    p->unit == PROGRESS_BYTES ? "" : " records", rate);
	if (columns > PROGRESS_LINE - 1)
		columns = PROGRESS_LINE - 1;
	if (strlen(out) > columns)
		out[columns] = '\0';
	put_details(out, now, columns);
}

void
progress_to(struct progress *p, const struct progress_now *now)
{
	char line[PROGRESS_LINE];

	if (!p->on)
		return;
	const uint64_t ms = now_ms();
	if (p->shown && ms - p->drawn_ms < REDRAW_MS)
		return;
	p->drawn_ms = ms;
	p->shown = true;
	progress_line(line, p, now, ms - p->start_ms, p->columns);
	/* Clearing to the end of the line also removes an echoed ^C. */
	(void)fprintf(stderr, "\r%s\x1b[K", line);
	(void)fflush(stderr);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\x1b[K", stderr);
	p->shown = false;
}
